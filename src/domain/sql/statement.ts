import { createHash } from 'node:crypto';
import type { Database } from './database.js';
import pg, { type ClientBase, type QueryResult } from 'pg';
import { DeadlineError } from '../concurrency/deadline.js';
import { AcquireTimeout } from '../concurrency/semaphore.js';

/** SQL with parameters `$1`, `$2` …, and a name if each connection should prepare it. */
export interface Statement {
  readonly text: string;
  readonly name?: string;
}

/**
 * Creates a statement that is prepared on each connection. Use it for constant texts. The name is a hash of the text,
 * so two texts never share one.
 */
export function prepared(text: string): Statement {
  return { text, name: createHash('sha256').update(text).digest('base64url').slice(0, 22) };
}

/**
 * Lifts the timeouts of a transaction, in the server and in the client (`TimedClient`): for work whose duration depends on the
 * amount of data, where a retry would take just as long.
 */
export const WITHOUT_TIMEOUTS: Statement = { text: 'set local statement_timeout = 0' };

/** The maximum number of prepared search shapes. Later shapes run unprepared, so that clients cannot exhaust memory. */
const MAX_SHAPES = 500;
const shapes = new Map<string, Statement>();

/** Creates a statement for SQL that was built from a client's search. The first 500 shapes are prepared. */
export function preparedShape(text: string): Statement {
  const known = shapes.get(text);
  if (known) return known;
  if (shapes.size >= MAX_SHAPES) return { text };
  const statement = prepared(text);
  shapes.set(text, statement);
  return statement;
}

/**
 * Runs one statement on a connection of the pool and returns its rows. Column names are as in the statement; timestamps
 * are returned as `Date`, `bigint` as text.
 */
export async function query<Row extends object>(
  db: Database,
  statement: Statement,
  values: readonly unknown[],
): Promise<Row[]> {
  return (await db.pool.query<Row>(queryConfig(statement, values))).rows;
}

/**
 * Runs one statement on the given connection, in its current transaction. It uses the driver's callback interface,
 * because the results of consecutive promises on one connection stay in memory until the next full garbage collection.
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

// The ORM configures its pool to return timestamps as text; these statements need the driver's default parsers.
function queryConfig(statement: Statement, values: readonly unknown[]): pg.QueryConfig {
  return { ...statement, values: values as unknown[], types: pg.types };
}

/** Returns the SQLSTATE of an error that the server reported; an empty string for any other error. */
export function sqlState(error: unknown): string {
  return error instanceof pg.DatabaseError ? (error.code ?? '') : '';
}

/** Node's error codes for connections that failed or were lost. */
const LOST = new Set(['ECONNREFUSED', 'ECONNRESET', 'ETIMEDOUT', 'EPIPE', 'ENOTFOUND', 'EHOSTUNREACH']);

/**
 * Returns true for errors that mean that the database is temporarily unavailable (restarting, out of connections,
 * unreachable), so that a retry of the request may succeed.
 */
export function isDatabaseAway(error: unknown): boolean {
  if (!(error instanceof Error)) return false;
  if (error instanceof AcquireTimeout || error instanceof DeadlineError) return true;
  if (error instanceof AggregateError) return error.errors.some(isDatabaseAway);
  const code = 'code' in error && typeof error.code === 'string' ? error.code : '';
  // SQLSTATE class 08: connection exceptions; 57014: statement timeout; 57P01 to 57P03: shut down or starting; 53300: too many connections.
  if (LOST.has(code) || /^(08...|57014|57P0[123]|53300)$/.test(code)) return true;
  // The driver has no code for a connection that was terminated or took too long to establish.
  return /^(Connection terminated|Client has encountered a connection error|timeout exceeded when trying to connect|timeout expired|Query read timeout)/.test(
    error.message,
  );
}
