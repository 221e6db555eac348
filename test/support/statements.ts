import type pg from 'pg';
import { TimedClient } from '../../src/database/timed-client.js';

/** A statement as it was sent, and the number of rows that it returned. */
export interface RecordedStatement {
  readonly text: string;
  readonly values: readonly unknown[];
  /** The number of rows that it returned; undefined until it has completed. */
  rows: number | undefined;
}

/** Records the statements of all clients of one class, except transaction control and ANALYZE. */
export interface StatementRecorder {
  readonly clientClass: typeof pg.Client;
  /** The statements since the last call of `take`, in order. */
  take(): RecordedStatement[];
}

const FRAME = /^\s*(?:begin|commit|rollback|savepoint|release|set)\b/i;
/** Statements of the automatic ANALYZE, which runs in the background a second after a write. */
const STATISTICS = /^\s*analyze\b|\bfrom pg_class\b|^\s*set local statement_timeout = 0/i;

/** Statements that fill caches of one second: tokens, directories, registered schemas. A slow machine repeats them. */
const KEPT = /\bfrom (?:tokens|directories|schemas|resource_types)\b|^\s*update tokens\b/;

/** Returns whether a statement belongs to the request itself and not to a cache or a background job. */
export function isOfRequest(text: string): boolean {
  return !KEPT.test(text) && !STATISTICS.test(text);
}

/** Creates a class of clients that record the statements they send, at the driver, below all layers of the product. */
export function recordStatements(): StatementRecorder {
  let recorded: RecordedStatement[] = [];
  class RecordingClient extends TimedClient {
    // The driver's `query` has six overloads; all have text and values in their first two arguments.
    override query(...parameters: unknown[]): never {
      const [config, ...rest] = parameters as [string | pg.QueryConfig, ...unknown[]];
      const text = typeof config === 'string' ? config : config.text;
      const [second] = rest;
      const values = (typeof config === 'string' ? undefined : config.values) ?? (Array.isArray(second) ? second : []);
      const statement: RecordedStatement = { text, values, rows: undefined };
      if (!FRAME.test(text) && !STATISTICS.test(text)) recorded.push(statement);
      // Several statements in one text return a list of results.
      const note = (result: Partial<pg.QueryResult> | undefined): void => {
        statement.rows = result?.rows?.length;
      };
      const callback = rest.at(-1);
      if (typeof callback === 'function') {
        rest[rest.length - 1] = (error: unknown, result: pg.QueryResult | undefined) => {
          note(result);
          (callback as (...all: unknown[]) => void)(error, result);
        };
      }
      const answer: unknown = (super.query as (...all: unknown[]) => unknown)(config, ...rest);
      if (answer instanceof Promise) answer.then(note, () => undefined);
      return answer as never;
    }
  }
  return {
    clientClass: RecordingClient,
    take() {
      const taken = recorded;
      recorded = [];
      return taken;
    },
  };
}
