import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { readConfig } from '../../src/config.js';
import { DatabaseError } from '../../src/database/database-error.js';
import { openDatabase } from '../../src/database/open-database.js';
import { createTestDatabase, type TestDatabase } from '../support/database.js';

let created: TestDatabase;

beforeAll(async () => {
  created = await createTestDatabase();
});
afterAll(() => created.drop());

/** Opens the database with a changed URL, and returns settings of a session. */
async function settingsUnder(change: Partial<URL>, ...names: string[]): Promise<unknown[]> {
  const url = Object.assign(new URL(created.url), change).href;
  const database = await openDatabase(readConfig({ DATABASE_URL: url }), () => undefined);
  try {
    const { rows } = await database.pool.query<{ value: string }>(
      'select current_setting(name) as value from unnest($1::text[]) as name',
      [names],
    );
    return rows.map(({ value }) => value);
  } finally {
    await database.close();
  }
}

describe('a DATABASE_URL', () => {
  test('may have connection parameters', async () => {
    const search = '?application_name=portico%20of%20mine&options=-c%20work_mem%3D5MB';
    expect(await settingsUnder({ search }, 'application_name', 'work_mem')).toEqual(['portico of mine', '5MB']);
  });

  test('that requires TLS never opens a connection without it', async () => {
    const search = '?sslmode=verify-full';
    await expect(settingsUnder({ search })).rejects.toThrow(
      new DatabaseError('DATABASE_URL cannot be used: The server does not support SSL connections'),
    );
  });

  test.each(['abc', '-1', '1.5', '', '2147483648'])('with the query_timeout %j is refused', async (limit) => {
    await expect(settingsUnder({ search: `?query_timeout=${limit}` })).rejects.toThrow(
      new DatabaseError('query_timeout in DATABASE_URL must be a whole number of milliseconds from 0 to 2147483647'),
    );
  });

  test('may have parameters of other programs', async () => {
    expect(await settingsUnder({ search: '?schema=elsewhere' }, 'search_path')).toEqual(['"$user", public']);
  });

  test('does not appear in error messages', async () => {
    const failure = await settingsUnder({ password: 'planted-password' }).catch((error: unknown) => error as Error);
    expect(failure).toBeInstanceOf(DatabaseError);
    expect((failure as Error).message).not.toContain('planted');
  });
});
