import { readFileSync } from 'node:fs';
import { describe, expect, test } from '@jest/globals';
import { buildSchema, parse, validate } from 'graphql';
import { chooseOperation, readDrafts, storeDrafts, titleOf } from '../../graphiql/drafts.js';
import { EXAMPLES } from '../../graphiql/examples.js';
import { MemoryStorage } from './memory-storage.js';

describe('The examples', () => {
  const schema = buildSchema(readFileSync('schema.graphql', 'utf8'));

  test.each(EXAMPLES.map((example) => [titleOf(example), example] as const))('%s is valid', (_title, example) => {
    expect(validate(schema, parse(example.query))).toEqual([]);
    expect(JSON.parse(example.variables)).toEqual(expect.any(Object));
  });

  test('show a query, a subscription and a mutation', () => {
    expect(EXAMPLES.map(({ query }) => chooseOperation(query, 0).kind)).toEqual(['query', 'subscription', 'mutation']);
  });
});

describe('Drafts', () => {
  test('are stored between visits', () => {
    const storage = new MemoryStorage();
    const drafts = [{ query: '{ a }', variables: '{}' }];
    storeDrafts(storage, drafts);
    expect(readDrafts(storage)).toEqual(drafts);
  });

  test.each(['', 'no JSON', '{}', '[]', '[{"query":"{ a }"}]', '[null]'])(
    '%j in the storage counts as no drafts',
    (text) => {
      const storage = new MemoryStorage();
      storage.setItem('portico.drafts', text);
      expect(readDrafts(storage)).toBeUndefined();
    },
  );

  test('a full storage does not throw', () => {
    const full = {
      setItem(): never {
        throw new DOMException('Full', 'QuotaExceededError');
      },
    };
    expect(() => storeDrafts(full, [])).not.toThrow();
  });

  test.each([
    ['query Two { a }\nsubscription Three { b }', 'Two'],
    ['# query Comment\nmutation Change($a: Int) { b }', 'Change'],
    ['{ a }', 'Untitled'],
    ['', 'Untitled'],
  ])('%j has the title %s', (query, title) => {
    expect(titleOf({ query, variables: '' })).toBe(title);
  });
});

describe('Of several operations in a document', () => {
  const query = 'query One { a }\n\nsubscription Two { b }\nmutation Three { c }';

  test.each([
    ['the first is executed if the cursor is in none', query.indexOf('\n\n') + 1, { kind: 'query', name: 'One' }],
    ['the one at the cursor is executed', query.indexOf('{ b'), { kind: 'subscription', name: 'Two' }],
    ['the one before the cursor is executed', query.length, { kind: 'mutation', name: 'Three' }],
  ])('%s', (_name, position, operation) => {
    expect(chooseOperation(query, position)).toEqual(operation);
  });

  test('a document that cannot be parsed is sent to the server unchanged', () => {
    expect(chooseOperation('subscription {', 3)).toEqual({ kind: 'query', name: undefined });
  });
});
