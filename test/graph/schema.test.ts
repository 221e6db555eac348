import 'reflect-metadata';
import { readFile } from 'node:fs/promises';
import { describe, expect, test } from '@jest/globals';
import { isObjectType } from 'graphql';
import { buildGraphSchema, printGraphSchema } from '../../src/graph/schema.js';

const schema = buildGraphSchema();

describe('the GraphQL schema', () => {
  test('equals schema.graphql', async () => {
    const file = await readFile(new URL('../../schema.graphql', import.meta.url), 'utf8');
    expect(printGraphSchema(schema)).toBe(file);
  });

  test('uses the default resolver for plain columns', () => {
    const user = schema.getType('User');
    const fields = isObjectType(user) ? Object.values(user.getFields()) : [];
    const resolved = fields.filter((field) => field.resolve).map((field) => field.name);
    expect(resolved.sort()).toEqual(['directReports', 'extensions', 'groups', 'manager']);
  });
});
