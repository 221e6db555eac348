import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { OperationTypeNode, parse, type OperationDefinitionNode } from 'graphql';
import { Subscriber } from './support/graphql-client.js';
import { populate } from './support/population.js';
import type { Wire } from './support/scim-client.js';
import { startTestServer, type TestServer } from './support/server.js';
import { recordStatements, type RecordedStatement } from './support/statements.js';

/** A GraphQL document of a documentation page. */
interface Example {
  readonly name: string;
  readonly document: string;
  readonly operation: OperationDefinitionNode;
  /** The number of SQL statements that the page states. */
  readonly statements: number | undefined;
}

/** The statements of documents inside a command or a program, which cannot state them, by their first words. */
const STATED: Readonly<Record<string, number>> = {
  // The page of users, their number, and the groups of all of them.
  '{ directory(slug: "default") { users(first: 20) { totalCount': 3,
  // A subscription looks up the end of the log and the event at that position, and reads the events before it.
  'subscription ($after: String) { userDeprovisioned(directory: "default", from: EARLIEST': 3,
  'subscription { directoryEvents(directory: "default", from: EARLIEST': 3,
};

const root = join(import.meta.dirname, '..');
const pages = ['README.md', ...(await readdir(join(root, 'docs'))).map((name) => `docs/${name}`)];
const examples = (await Promise.all(pages.filter((page) => page.endsWith('.md')).map(readExamples))).flat();

async function readExamples(page: string): Promise<readonly Example[]> {
  const text = await readFile(join(root, page), 'utf8');
  const found = [
    ...text.matchAll(/^```graphql\n(.*?)^```$/gms),
    // In the body of a command, and in a JavaScript template.
    ...[...text.matchAll(/"query": ("(?:[^"\\]|\\.)+")/g)].map(([, json]) => ['', JSON.parse(json!) as string]),
    ...text.matchAll(/const query = `([^`]+)`/g),
  ];
  return found.map(([, document = '']) => {
    const [operation] = parse(document).definitions as [OperationDefinitionNode];
    const squeezed = document.replaceAll(/\s+/g, ' ').trim();
    const stated = /^# (\d+) statements?$/m.exec(document)?.[1];
    const known = Object.entries(STATED).find(([beginning]) => squeezed.startsWith(beginning))?.[1];
    return {
      name: `${page}: ${operation.name?.value ?? squeezed.slice(0, 60)}`,
      document,
      operation,
      statements: stated === undefined ? known : Number(stated),
    };
  });
}

const recorder = recordStatements();
let server: TestServer;

beforeAll(async () => {
  server = await startTestServer({ clientClass: recorder.clientClass });
  const { id } = await server.createDirectory('default');
  await populate(server.database.pool, [id], { users: 200, groups: 10, groupsPerUser: 3 });
  const { pool } = server.database;
  await pool.query(
    `update groups set display_name = 'Everybody', display_name_key = 'everybody' where display_name = 'Group 1'`,
  );
  await pool.query(`update users set user_name = $1, user_name_key = $1 where user_name = 'user-1'`, [
    'kim.moss@fabrikam.example',
  ]);
  await pool.query(
    `update users set manager_id = (select id from users where user_name = 'user-2'), department = 'Kites', department_key = 'kites'`,
  );
  // These writes add events to the log.
  const created = await send(
    'mutation { createUser(input: { directory: "default", userName: "goes", displayName: "Zoe" }) { user { id } } }',
  );
  const input = `{ directory: "default", id: "${created.data.createUser.user.id}" }`;
  await send(`mutation { deactivateUser(input: ${input}) { errors { code } } }`);
});

afterAll(() => server.stop());

async function send(query: string): Promise<Wire> {
  const response = await fetch(`${server.url}/graphql`, {
    method: 'POST',
    headers: { 'content-type': 'application/json', authorization: `Bearer ${server.adminToken}` },
    body: JSON.stringify({ query }),
  });
  return response.json();
}

/** Returns the statements that `work` sent, except those of background jobs and the cached lookups of token, directory and schemas. */
async function statementsOf(work: () => Promise<unknown>): Promise<readonly RecordedStatement[]> {
  await send('{ directory(slug: "default") { id } }');
  recorder.take();
  await work();
  const beside =
    /from (?:tokens|directories|schemas|resource_types)\b|update tokens|\bnotify\b|pg_notify|join directory_counters counter on/i;
  return recorder.take().filter(({ text }) => !beside.test(text));
}

describe('the operations of the documentation', () => {
  test('are all found', () => {
    expect(examples.length).toBeGreaterThanOrEqual(9);
    expect(examples.filter(({ statements }) => statements === undefined).map(({ name }) => name)).toEqual([]);
  });

  test.each(examples)('$name runs in the stated number of statements', async ({ document, operation, statements }) => {
    const sent = await statementsOf(async () => {
      if (operation.operation === OperationTypeNode.SUBSCRIPTION) {
        await firstEvent(document);
        return;
      }
      const { data, errors } = await send(document);
      expect([errors, Object.values(data as object).includes(null)]).toEqual([undefined, false]);
      expect(JSON.stringify(data)).not.toMatch(/"errors":\[\{|"nodes":\[\]|"edges":\[\]|"(?:user|group)":null/);
    });
    expect(sent.map(({ text }) => text.replaceAll(/\s+/g, ' ').trim())).toHaveLength(statements!);
  });
});

async function firstEvent(document: string): Promise<void> {
  const subscriber = new Subscriber({ url: server.url, token: server.adminToken }, document);
  await subscriber.waitUntil((delivered) => delivered.length > 0);
  await subscriber.close();
}
