import type { ClientBase, QueryResult } from 'pg';
import type { Actor } from '../kernel/actor.js';
import { newId } from '../kernel/id.js';
import { countFrom, EventBatch, type CommittedEvents, type MemberEvents } from '../event/event-batch.js';
import type { DomainEvent } from '../event/event.js';
import { APPEND_EVENTS, appendParameters } from '../event/event-log.js';
import type { DirectorySchemas } from '../schema-registry/directory-schemas.js';
import type { DirectorySchema } from '../schema/resource-schema.js';
import type { Database } from '../sql/database.js';
import { queryOn, WITHOUT_TIMEOUTS, type Statement } from '../sql/statement.js';

/** The dependencies of a transaction: the database, the schema cache and the size limit. */
export interface TransactionStore extends Database {
  readonly schemas: DirectorySchemas;
  /** See `assertResourceSize`. */
  readonly maxResourceBytes: number;
}

/** Changes of more rows may take longer than the timeouts allow. */
const MANY_ROWS = 10_000;

/**
 * Runs `work` in a transaction on a connection of the pool. `work` must call `commit`; if it throws, the transaction is
 * rolled back.
 *
 * @throws the error of `work`, or the first failure of a statement
 */
export async function inTransaction<Result>(
  store: TransactionStore,
  directoryId: string,
  work: (tx: Transaction) => Promise<Result>,
): Promise<Result> {
  const schema = await store.schemas.get(directoryId);
  const client = await store.pool.connect();
  let broken: Error | undefined;
  try {
    const tx = new Transaction(client, directoryId, store.schemas, schema, store.maxResourceBytes);
    try {
      tx.send({ text: 'begin' }, []);
      return await work(tx);
    } catch (error) {
      await tx.rollback().catch((failure: unknown) => {
        broken = failure as Error;
      });
      throw error;
    }
  } finally {
    client.release(broken);
  }
}

/**
 * One attempt of `execute`: a connection in a transaction, with the actors, the directory's schemas, the time and the
 * recorded events.
 *
 * The connection pipelines. A statement whose rows decide nothing is sent with `send` and not waited for; the server
 * still runs statements in order, and after a failed one rejects the rest, the commit included. The counter, the events
 * and the commit therefore share one round trip with the last writes.
 */
export class Transaction {
  readonly now = new Date();
  readonly #client: ClientBase;
  readonly #schemas: DirectorySchemas;
  #schema: DirectorySchema;
  readonly #sent: Array<Promise<QueryResult>> = [];
  /** The first failure, which is the cause; later ones only report that the transaction is aborted. */
  #failure: unknown;
  readonly #batches: EventBatch[] = [];
  #isWritten = false;
  #isKept = false;
  #userDelta = 0;
  #groupDelta = 0;
  #eventCount = 0;

  constructor(
    client: ClientBase,
    readonly directoryId: string,
    schemas: DirectorySchemas,
    schema: DirectorySchema,
    /** See `assertResourceSize`. */
    readonly maxResourceBytes: number,
  ) {
    this.#client = client;
    this.#schemas = schemas;
    this.#schema = schema;
  }

  /** The directory's schemas, as cached or last reloaded. */
  get schema(): DirectorySchema {
    return this.#schema;
  }

  /** Reloads the schemas after the cached ones have proved outdated. */
  async renewSchema(): Promise<void> {
    this.#schemas.invalidate(this.directoryId);
    this.#schema = await this.#schemas.get(this.directoryId);
  }

  /** Sends a statement without waiting. A failure is thrown by the next `rows` or by `commit`, whichever is first. */
  send(statement: Statement, values: readonly unknown[]): void {
    this.#sent.push(this.#query(statement, values));
  }

  /** Sends a statement whose rows can be awaited together with those of others. A failure is also thrown here. */
  async request<Row extends object>(statement: Statement, values: readonly unknown[]): Promise<Row[]> {
    const result = this.#query<Row>(statement, values);
    this.#sent.push(result);
    try {
      return (await result).rows;
    } catch (error) {
      throw this.#failure ?? error;
    }
  }

  /** Lifts the timeouts if the following statements may change very many rows. */
  expectRows(count: number): void {
    if (count > MANY_ROWS) this.send(WITHOUT_TIMEOUTS, []);
  }

  /** Runs a statement and waits for its rows. */
  async rows<Row extends object>(statement: Statement, values: readonly unknown[]): Promise<Row[]> {
    const result = this.#query<Row>(statement, values);
    await this.#settle();
    return (await result).rows;
  }

  #query<Row extends object>(statement: Statement, values: readonly unknown[]): Promise<QueryResult<Row>> {
    const result = queryOn<Row>(this.#client, statement, values);
    // The failure is thrown where the promise is awaited; until then it must not count as an unhandled rejection.
    result.catch((error: unknown) => {
      this.#failure ??= error;
    });
    return result;
  }

  /** Attributes the following events to an actor; `commit` returns the events of each actor separately. */
  actAs(actor: Actor): void {
    this.#batches.push(new EventBatch(actor, this.#eventCount));
  }

  get #events(): EventBatch {
    const events = this.#batches.at(-1);
    if (!events) throw new Error('The transaction has no actor');
    return events;
  }

  /** Records an event. `users` and `groups` are the changes to the directory's counts. */
  record(event: DomainEvent, deltas: { users?: number; groups?: number } = {}): void {
    this.#events.add(event);
    this.#eventCount++;
    this.#userDelta += deltas.users ?? 0;
    this.#groupDelta += deltas.groups ?? 0;
  }

  /** Records an event for each of many members of one group. */
  recordOfMembers(events: MemberEvents): void {
    this.#events.addOfMembers(events);
    this.#eventCount += events.count;
  }

  /** Records a change without an event, for resources of registered types, which have neither events nor counts. */
  recordSilently(): void {
    this.#isWritten = true;
  }

  /** Makes `commit` commit even if nothing has changed. */
  ensureCommit(): void {
    this.#isKept = true;
  }

  /** True if anything has changed. */
  get hasChanged(): boolean {
    return this.#isWritten || this.#eventCount > 0;
  }

  /**
   * Appends the events under the next sequences and commits; rolls back if nothing has changed.
   *
   * @returns the events of each actor, in the order of `actAs`; undefined for an actor without events
   */
  async commit(): Promise<Array<CommittedEvents | undefined>> {
    if (!this.hasChanged && !this.#isKept) {
      await this.rollback();
      return [];
    }
    if (this.#eventCount === 0) {
      const { command } = await this.#commit();
      this.#requireCommit(command);
      return [];
    }
    const ids = countFrom(newId());
    const deltas = { users: this.#userDelta, groups: this.#groupDelta };
    const appended = queryOn<{ base: string }>(
      this.#client,
      APPEND_EVENTS,
      appendParameters(this.directoryId, this.#batches, ids, this.now, deltas),
    );
    appended.catch(() => undefined);
    const { command } = await this.#commit();
    const [head] = (await appended).rows;
    this.#requireCommit(head ? command : 'no counter');
    const base = Number(head?.base);
    return this.#batches.map((batch) => (batch.length > 0 ? batch.toCommitted(ids, base, this.now) : undefined));
  }

  /** Sends the commit after all pending statements. The first failure among them is thrown. */
  async #commit(): Promise<QueryResult> {
    const committed = queryOn(this.#client, { text: 'commit' }, []);
    committed.catch(() => undefined);
    await this.#settle();
    return committed;
  }

  /**
   * Checks that the transaction was committed: after a failed statement, PostgreSQL executes COMMIT as a rollback and
   * reports ROLLBACK.
   */
  #requireCommit(command: string): void {
    if (command !== 'COMMIT') throw new Error(`The transaction of directory ${this.directoryId} ended with ${command}`);
  }

  async rollback(): Promise<void> {
    await queryOn(this.#client, { text: 'rollback' }, []);
  }

  /** Waits for all pending statements in order and throws the first failure. */
  async #settle(): Promise<void> {
    for (const result of this.#sent.splice(0)) await result;
  }
}
