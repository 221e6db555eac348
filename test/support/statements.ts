import type pg from 'pg';
import { TimedClient } from '../../src/database/timed-client.js';

/** A statement as it went over a connection, and how much of it came back. */
export interface RecordedStatement {
  readonly text: string;
  readonly values: readonly unknown[];
  /** The rows that it returned; undefined until it has answered. */
  rows: number | undefined;
}

/** Everything that clients of one class have sent, but for the frame of transactions and what keeps statistics fresh. */
export interface StatementRecorder {
  readonly clientClass: typeof pg.Client;
  /** The statements since the last call of `take`, in order. */
  take(): RecordedStatement[];
}

const FRAME = /^\s*(?:begin|commit|rollback|savepoint|release|set)\b/i;
/** What looks after tables that grow, a second after somebody has written: nobody's request asks for it. */
const STATISTICS = /^\s*analyze\b|\bfrom pg_class\b/i;

/** What is kept for a second, and read again where a machine stood still for longer: tokens, directories, registered schemas. */
const KEPT = /\bfrom (?:tokens|directories|schemas|resource_types)\b|^\s*update tokens\b/;

/** Whether a statement is about the request itself, rather than about what is kept from one request to the next. */
export function isOfRequest(text: string): boolean {
  return !KEPT.test(text) && !STATISTICS.test(text);
}

/** Makes a class of clients that write down what they send: counted at the connection, below every layer of ours. */
export function recordStatements(): StatementRecorder {
  let recorded: RecordedStatement[] = [];
  class RecordingClient extends TimedClient {
    // The driver's `query` has six overloads; all of them name text and values in their first two arguments.
    override query(...parameters: unknown[]): never {
      const [config, ...rest] = parameters as [string | pg.QueryConfig, ...unknown[]];
      const text = typeof config === 'string' ? config : config.text;
      const [second] = rest;
      const values = (typeof config === 'string' ? undefined : config.values) ?? (Array.isArray(second) ? second : []);
      const statement: RecordedStatement = { text, values, rows: undefined };
      if (!FRAME.test(text) && !STATISTICS.test(text)) recorded.push(statement);
      // Several statements in one text have a list of results.
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
