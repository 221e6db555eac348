import { createHash } from 'node:crypto';
import type { Database } from './database.js';
import pg, { type ClientBase, type QueryResult } from 'pg';
import { AcquireTimeout } from '../concurrency/semaphore.js';

/** SQL with `$1`, `$2` … and, when each connection shall prepare it once, a name. */
export interface Statement {
  readonly text: string;
  readonly name?: string;
}

/**
 * A statement that is prepared on each connection. For texts that are constants of the program; the name is made from
 * the text, so that two texts never share one.
 */
export function prepared(text: string): Statement {
  return { text, name: createHash('sha256').update(text).digest('base64url').slice(0, 22) };
}

/** How many shapes of searches are kept prepared. Later shapes run unprepared, so a client cannot fill the memory. */
const MAX_SHAPES = 500;
const shapes = new Map<string, Statement>();

/** A statement whose text was put together from a client's search. The first 500 shapes are prepared. */
export function preparedShape(text: string): Statement {
  const known = shapes.get(text);
  if (known) return known;
  if (shapes.size >= MAX_SHAPES) return { text };
  const statement = prepared(text);
  shapes.set(text, statement);
  return statement;
}

/**
 * Runs one statement on a connection of the pool and returns its rows. Column names are what the text says; timestamps
 * come as `Date`, `bigint` as text.
 */
export async function query<Row extends object>(
  db: Database,
  statement: Statement,
  values: readonly unknown[],
): Promise<Row[]> {
  return (await db.pool.query<Row>(queryConfig(statement, values))).rows;
}

/**
 * Runs one statement on a given connection, inside whatever transaction it is in. By callback: the results of promises of
 * the driver's, one after the other on one connection, stay in memory until the next full collection.
 */
export function queryOn<Row extends object>(
  client: ClientBase,
  statement: Statement,
  values: readonly unknown[],
): Promise<QueryResult<Row>> {
  return new Promise((resolve, reject) => {
    client.query<Row>(queryConfig(statement, values), (error: Error | undefined, result) => {
      if (error) reject(error);
      else resolve(result);
    });
  });
}

// The ORM's pool keeps timestamps as text for its own mapping; statements of ours want the driver's parsers.
function queryConfig(statement: Statement, values: readonly unknown[]): pg.QueryConfig {
  return { ...statement, values: values as unknown[], types: pg.types };
}

/** The SQLSTATE of what the server refused; empty for every other error. */
export function sqlState(error: unknown): string {
  return error instanceof pg.DatabaseError ? (error.code ?? '') : '';
}

/** Node's codes of a connection that could not be made or was lost. */
const LOST = new Set(['ECONNREFUSED', 'ECONNRESET', 'ETIMEDOUT', 'EPIPE', 'ENOTFOUND', 'EHOSTUNREACH']);

/**
 * True when an error says that the database is away for now (restarting, out of connections, not reachable), so that the
 * same request may succeed a little later.
 */
export function isDatabaseAway(error: unknown): boolean {
  if (!(error instanceof Error)) return false;
  if (error instanceof AcquireTimeout) return true;
  if (error instanceof AggregateError) return error.errors.some(isDatabaseAway);
  const code = 'code' in error && typeof error.code === 'string' ? error.code : '';
  // SQLSTATE class 08: connection exceptions; 57P01 to 57P03: shut down or starting; 53300: too many connections.
  if (LOST.has(code) || /^(08...|57P0[123]|53300)$/.test(code)) return true;
  // The driver has no code for a connection that ended under a query or before one, or took too long to make.
  return /^(Connection terminated|Client has encountered a connection error|timeout exceeded when trying to connect)/.test(
    error.message,
  );
}
