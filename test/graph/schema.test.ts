import 'reflect-metadata';
import { readFile } from 'node:fs/promises';
import { describe, expect, test } from '@jest/globals';
import {
  isEnumType,
  isInputObjectType,
  isInterfaceType,
  isIntrospectionType,
  isObjectType,
  isSpecifiedScalarType,
} from 'graphql';
import { buildGraphSchema, printGraphSchema } from '../../src/graph/schema.js';

const schema = buildGraphSchema();

describe('the GraphQL schema', () => {
  test('is the one that schema.graphql holds', async () => {
    const file = await readFile(new URL('../../schema.graphql', import.meta.url), 'utf8');
    expect(printGraphSchema(schema)).toBe(file);
  });

  test('describes every type, field, argument and value', () => {
    const undescribed: string[] = [];
    const note = (name: string, { description }: { description?: string | null | undefined }): void => {
      if (!description) undescribed.push(name);
    };
    for (const type of Object.values(schema.getTypeMap())) {
      if (isIntrospectionType(type) || isSpecifiedScalarType(type)) continue;
      const isRoot = ['Query', 'Mutation', 'Subscription'].includes(type.name);
      if (!isRoot) note(type.name, type);
      if (isEnumType(type)) for (const value of type.getValues()) note(`${type.name}.${value.name}`, value);
      if (isInputObjectType(type)) {
        for (const field of Object.values(type.getFields())) note(`${type.name}.${field.name}`, field);
      }
      if (!isObjectType(type) && !isInterfaceType(type)) continue;
      for (const field of Object.values(type.getFields())) {
        note(`${type.name}.${field.name}`, field);
        for (const argument of field.args) note(`${type.name}.${field.name}(${argument.name})`, argument);
      }
    }
    expect(undescribed).toEqual([]);
  });

  test('reads plain columns by the default resolver', () => {
    const user = schema.getType('User');
    const fields = isObjectType(user) ? Object.values(user.getFields()) : [];
    const resolved = fields.filter((field) => field.resolve).map((field) => field.name);
    expect(resolved.sort()).toEqual(['directReports', 'extensions', 'groups', 'manager']);
  });
});
