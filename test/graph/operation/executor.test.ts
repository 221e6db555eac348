import { describe, expect, test } from '@jest/globals';
import { buildSchema, parse, type GraphQLResolveInfo, type OperationDefinitionNode } from 'graphql';
import type { GraphContext } from '../../../src/graph/request/context.js';
import { CompilingExecutor } from '../../../src/graph/operation/executor.js';
import type { Operation } from '../../../src/graph/operation/operation.js';

const schema = buildSchema('type Query { by: String, again: String } type Mutation { by: String }');
for (const type of [schema.getQueryType(), schema.getMutationType()]) {
  const { by } = type!.getFields();
  // graphql-js sets the type name in a path; the compiler does not.
  by!.resolve = (_source, _args, _context, { path }: GraphQLResolveInfo) => (path.typename ? 'graphql-js' : 'compiled');
}

/** The resolvers of this test do not use the context. */
const NOBODY = Object.create(null) as GraphContext;

function toOperation(query: string, variables: Record<string, unknown> = {}): Operation {
  const document = parse(query);
  return {
    schema,
    document,
    node: document.definitions[0] as OperationDefinitionNode,
    contextValue: NOBODY,
    variableValues: variables,
    coercedVariables: variables,
    cost: { requested: 0, limit: 0 },
  };
}

async function by(executor: CompilingExecutor, operation: Operation): Promise<unknown> {
  return (await executor.execute(operation)).data?.['by'];
}

describe('queries', () => {
  test('are compiled on their second execution', async () => {
    const executor = new CompilingExecutor(schema);
    const operation = toOperation('{ by }');
    expect(await by(executor, operation)).toBe('graphql-js');
    expect(await by(executor, operation)).toBe('compiled');
    expect(await by(executor, operation)).toBe('compiled');
    // The same text in another document, as after an eviction from the cache of documents.
    expect(await by(executor, toOperation('{ by }'))).toBe('graphql-js');
  });

  test('are compiled for eight combinations of their conditions, and executed by graphql-js for others', async () => {
    const executor = new CompilingExecutor(schema);
    const names = ['a', 'b', 'c', 'd'];
    const switches = names.map((name) => `${name}: again @skip(if: $${name})`).join(' ');
    const operation = toOperation(`query (${names.map((name) => `$${name}: Boolean!`).join(' ')}) { by ${switches} }`);
    const run = async (index: number): Promise<[unknown, string[]]> => {
      const coercedVariables = Object.fromEntries(names.map((name, bit) => [name, (index & (1 << bit)) !== 0]));
      const { data } = await executor.execute({ ...operation, variableValues: coercedVariables, coercedVariables });
      return [data?.['by'], Object.keys(data ?? {})];
    };
    await run(0);
    for (let index = 0; index < 16; index++) {
      const shown = names.filter((_name, bit) => (index & (1 << bit)) === 0);
      expect(await run(index)).toEqual([index < 8 ? 'compiled' : 'graphql-js', ['by', ...shown]]);
    }
  });
});

test('large queries are not compiled: a fragment counts as often as it is spread', async () => {
  const executor = new CompilingExecutor(schema);
  const spread = (times: number): string =>
    `{ ${Array.from({ length: times }, () => '...F').join(' ')} } fragment F on Query { by ${'again '.repeat(24)} }`;
  for (const [times, expected] of [
    [10, 'compiled'],
    [11, 'graphql-js'],
  ] as const) {
    const operation = toOperation(spread(times));
    await by(executor, operation);
    expect(await by(executor, operation)).toBe(expected);
  }
});

test('mutations and introspection are never compiled', async () => {
  const executor = new CompilingExecutor(schema);
  for (const query of [
    'mutation { by }',
    '{ by __schema { queryType { name } } }',
    '{ by ...A } fragment A on Query { __type(name: "Query") { name } }',
  ]) {
    const operation = toOperation(query);
    for (let run = 0; run < 3; run++) expect(await by(executor, operation)).toBe('graphql-js');
  }
});
