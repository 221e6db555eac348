import type { ClientBase, QueryResult } from 'pg';
import type { Actor } from '../kernel/actor.js';
import { newId } from '../kernel/id.js';
import { countFrom, EventBatch, type CommittedEvents, type MemberEvents } from '../event/event-batch.js';
import type { DomainEvent } from '../event/event.js';
import { APPEND_EVENTS, appendParameters } from '../event/event-log.js';
import type { DirectorySchemas } from '../schema-registry/directory-schemas.js';
import type { DirectorySchema } from '../schema/resource-schema.js';
import type { Database } from '../sql/database.js';
import { queryOn, type Statement } from '../sql/statement.js';

/** What a transaction needs besides the database. */
export interface TransactionStore extends Database {
  readonly schemas: DirectorySchemas;
  /** See `assertResourceSize`. */
  readonly maxResourceBytes: number;
}

/**
 * Runs `work` in a transaction on a connection of the pool. `work` ends it by `commit`; where it throws, all of it is undone.
 *
 * @throws what `work` throws, or the first failure of a statement
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
 * One attempt of `execute`: a connection in a transaction, who acts, the directory's schemas, the time, and the events so far.
 *
 * The connection pipelines. A statement whose rows decide nothing is sent with `send` and not waited for; the server
 * still runs statements in order, and after a failed one refuses the rest, the commit included. So the counter, the
 * events and the commit travel in one round trip with the last writes.
 */
export class Transaction {
  readonly now = new Date();
  readonly #client: ClientBase;
  readonly #schemas: DirectorySchemas;
  #schema: DirectorySchema;
  readonly #sent: Array<Promise<QueryResult>> = [];
  /** The first failure is the cause; those after it only say that the transaction is aborted. */
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

  /** The schemas of the directory, by which its resources are decided. */
  get schema(): DirectorySchema {
    return this.#schema;
  }

  /** Reads the schemas anew, where it has turned out that those which are remembered are not the latest. */
  async renewSchema(): Promise<void> {
    this.#schemas.forget(this.directoryId);
    this.#schema = await this.#schemas.get(this.directoryId);
  }

  /** Sends a statement without waiting. Its failure surfaces at the next `rows` or at `commit`, whichever is first. */
  send(statement: Statement, values: readonly unknown[]): void {
    this.#sent.push(this.#query(statement, values));
  }

  /** Sends a statement whose rows may be awaited together with those of others. Its failure surfaces there too. */
  async request<Row extends object>(statement: Statement, values: readonly unknown[]): Promise<Row[]> {
    const result = this.#query<Row>(statement, values);
    this.#sent.push(result);
    try {
      return (await result).rows;
    } catch (error) {
      throw this.#failure ?? error;
    }
  }

  /** Runs a statement and waits for its rows. */
  async rows<Row extends object>(statement: Statement, values: readonly unknown[]): Promise<Row[]> {
    const result = this.#query<Row>(statement, values);
    await this.#settle();
    return (await result).rows;
  }

  #query<Row extends object>(statement: Statement, values: readonly unknown[]): Promise<QueryResult<Row>> {
    const result = queryOn<Row>(this.#client, statement, values);
    // The failure is read where the promise is awaited; until then it must not count as unhandled.
    result.catch((error: unknown) => {
      this.#failure ??= error;
    });
    return result;
  }

  /** What is recorded from here on is caused by this actor, and `commit` returns it apart from what was before. */
  actAs(actor: Actor): void {
    this.#batches.push(new EventBatch(actor, this.#eventCount));
  }

  get #events(): EventBatch {
    const events = this.#batches.at(-1);
    if (!events) throw new Error('Nobody acts in this transaction');
    return events;
  }

  /** Records what happened. `users` and `groups` say by how much the directory's counts change. */
  record(event: DomainEvent, deltas: { users?: number; groups?: number } = {}): void {
    this.#events.add(event);
    this.#eventCount++;
    this.#userDelta += deltas.users ?? 0;
    this.#groupDelta += deltas.groups ?? 0;
  }

  /** Records what happened to many members of one group. */
  recordOfMembers(events: MemberEvents): void {
    this.#events.addOfMembers(events);
    this.#eventCount += events.count;
  }

  /** Records a change that leaves no event: resources of a directory's own types have none (and move no counter). */
  recordSilently(): void {
    this.#isWritten = true;
  }

  /** Makes the transaction end with a commit even where nothing has changed. */
  ensureCommit(): void {
    this.#isKept = true;
  }

  /** Whether anything has changed. */
  get hasChanged(): boolean {
    return this.#isWritten || this.#eventCount > 0;
  }

  /**
   * Writes the events under the next sequences and commits; rolls back where there is nothing to keep.
   *
   * @returns what each actor has caused, in the order of `actAs`; undefined for one who caused no event
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

  /** Sends the commit behind all that was sent. The first failure of those is the cause of its own. */
  async #commit(): Promise<QueryResult> {
    const committed = queryOn(this.#client, { text: 'commit' }, []);
    committed.catch(() => undefined);
    await this.#settle();
    return committed;
  }

  /** After a failed statement PostgreSQL takes a commit for a rollback, and says so. */
  #requireCommit(command: string): void {
    if (command !== 'COMMIT') throw new Error(`The transaction of directory ${this.directoryId} ended with ${command}`);
  }

  async rollback(): Promise<void> {
    await queryOn(this.#client, { text: 'rollback' }, []);
  }

  /** Waits for what was sent, in order: the first failure is thrown. */
  async #settle(): Promise<void> {
    for (const result of this.#sent.splice(0)) await result;
  }
}
