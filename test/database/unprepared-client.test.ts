import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import pg from 'pg';
import { UnpreparedClient } from '../../src/database/unprepared-client.js';
import { testClusterUrl } from '../support/database.js';
import { ScimClient } from '../support/scim-client.js';
import { startTestServer } from '../support/server.js';

const PREPARED = `select name from pg_prepared_statements`;

describe('the unprepared client', () => {
  const clients = {
    prepared: new pg.Client(testClusterUrl()),
    // Its `query` accepts all overloads of the driver, which its own signature does not show.
    unprepared: new UnpreparedClient(testClusterUrl()) as pg.Client,
  };

  beforeAll(async () => {
    for (const client of Object.values(clients)) await client.connect();
  });
  afterAll(async () => {
    for (const client of Object.values(clients)) await client.end();
  });

  test('creates no prepared statement, whichever overload is called', async () => {
    for (const client of Object.values(clients)) {
      const { rows } = await client.query({ name: 'one', text: 'select $1::int as number', values: [1] });
      expect(rows).toEqual([{ number: 1 }]);
      expect((await client.query({ name: 'two', text: 'select $1::text as text' }, ['a'])).rows).toEqual([
        { text: 'a' },
      ]);
      const found = await new Promise((resolve, reject) => {
        const three = { name: 'three', text: 'select $1::int as number', values: [3] };
        client.query(three, (error: Error | null, result: pg.QueryResult) => {
          if (error) reject(error);
          else resolve(result.rows);
        });
      });
      expect(found).toEqual([{ number: 3 }]);
      const query = new pg.Query({ name: 'four', text: 'select $1::int as number', values: [4] });
      const rowsOfQuery: unknown[] = [];
      client.query(query);
      await new Promise((resolve, reject) => {
        query.on('row', (row: unknown) => rowsOfQuery.push(row));
        query.on('end', resolve);
        query.on('error', reject);
      });
      expect(rowsOfQuery).toEqual([{ number: 4 }]);
    }
    expect((await clients.prepared.query(PREPARED)).rows).toHaveLength(4);
    expect((await clients.unprepared.query(PREPARED)).rows).toEqual([]);
  });
});

describe.each([
  ['off', 0],
  ['on', expect.any(Number)],
])('a server with PORTICO_PREPARED=%s', (setting, statements) => {
  test('reads, writes and searches with the expected number of prepared statements', async () => {
    const server = await startTestServer({ environment: { PORTICO_PREPARED: setting, PORTICO_POOL_SIZE: '2' } });
    try {
      const directory = await server.createDirectory();
      const scim = new ScimClient(directory.scimUrl, directory.scimToken);
      const { body: user } = await scim.post('/Users', { schemas: [], userName: 'Ada', title: 'Countess' });
      const group = await scim.post('/Groups', { schemas: [], displayName: 'Engines', members: [{ value: user.id }] });
      expect(group.status).toBe(201);
      const change = { op: 'replace', path: 'title', value: 'Analyst' };
      expect((await scim.patch(`/Users/${user.id}`, change)).body.title).toBe('Analyst');
      const found = await scim.get('/Users', { filter: 'userName eq "ada"' });
      expect(found.body.Resources).toEqual([expect.objectContaining({ id: user.id, title: 'Analyst' })]);
      expect((await scim.delete(`/Users/${user.id}`)).status).toBe(204);
      expect((await scim.get(`/Groups/${group.body.id}`)).body.members ?? []).toEqual([]);

      const { pool } = server.database;
      const open = await Promise.all([pool.connect(), pool.connect()]);
      const counts = await Promise.all(open.map((client) => client.query(`select count(*)::int from pg_prepared_statements`))); // prettier-ignore
      for (const client of open) client.release();
      const total = counts.reduce((sum, { rows }) => sum + Number(rows[0].count), 0);
      expect(total).toEqual(statements);
      expect(total > 0).toBe(setting === 'on');
    } finally {
      await server.stop();
    }
  });
});
