import type { ClientBase, QueryResult } from 'pg';
import type { Actor } from './actor.js';
import { newId, type Clock } from './id.js';
import { EventBatch, type CommittedEvents, type MemberEvents } from './event/event-batch.js';
import type { DomainEvent } from './event/event.js';
import { APPEND_EVENTS, appendParameters } from './event/event-log.js';
import type { DirectorySchema } from './schema/resource-schema.js';
import { queryOn, type Statement } from './statement.js';

/**
 * One attempt of `execute`: a connection in a transaction, the actor, the directory's schemas, the time, and the events so far.
 *
 * The connection pipelines. A statement whose rows decide nothing is sent with `send` and not waited for; the server
 * still runs statements in order, and after a failed one refuses the rest, the commit included. So the counter, the
 * events and the commit travel in one round trip with the last writes.
 */
export class Transaction {
  readonly now: Date;
  readonly #client: ClientBase;
  readonly #sent: Array<Promise<QueryResult>> = [];
  readonly #events = new EventBatch();
  #isWritten = false;
  #isKept = false;
  #userDelta = 0;
  #groupDelta = 0;

  constructor(
    client: ClientBase,
    readonly actor: Actor,
    /** The schemas of the directory, by which its resources are decided. */
    readonly schema: DirectorySchema,
    /** See `requireRoom`. */
    readonly maxResourceBytes: number,
    private readonly clock: Clock,
  ) {
    this.#client = client;
    this.now = new Date(clock());
  }

  get directoryId(): string {
    return this.actor.directoryId;
  }

  /** Sends a statement without waiting. Its failure surfaces at the next `rows` or at `commit`, whichever is first. */
  send(statement: Statement, values: readonly unknown[]): void {
    this.#sent.push(this.#query(statement, values));
  }

  /** Sends a statement whose rows are awaited together with those of a later one. Its failure surfaces there too. */
  async request<Row extends object>(statement: Statement, values: readonly unknown[]): Promise<Row[]> {
    const result = this.#query<Row>(statement, values);
    this.#sent.push(result);
    return (await result).rows;
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
    result.catch(() => undefined);
    return result;
  }

  begin(): void {
    this.send({ text: 'begin' }, []);
  }

  /** Records what happened. `users` and `groups` say by how much the directory's counts change. */
  record(event: DomainEvent, deltas: { users?: number; groups?: number } = {}): void {
    this.#events.add(event);
    this.#userDelta += deltas.users ?? 0;
    this.#groupDelta += deltas.groups ?? 0;
  }

  /** Records what happened to many members of one group. */
  recordOfMembers(events: MemberEvents): void {
    this.#events.addOfMembers(events);
  }

  /** Records a change that leaves no event: resources of a directory's own types have none (and move no counter). */
  recordSilently(): void {
    this.#isWritten = true;
  }

  /** Makes the transaction end with a commit even where nothing has changed. */
  keep(): void {
    this.#isKept = true;
  }

  /** Whether anything has changed. */
  get hasChanged(): boolean {
    return this.#isWritten || this.#events.length > 0;
  }

  /**
   * Writes the events under the next sequences and commits; rolls back where there is nothing to keep.
   *
   * @returns undefined when there are no events
   */
  async commit(): Promise<CommittedEvents | undefined> {
    if (!this.hasChanged && !this.#isKept) {
      await this.rollback();
      return undefined;
    }
    if (this.#events.length === 0) {
      const { command } = await this.#commit();
      this.#requireCommit(command);
      return undefined;
    }
    const { actor, now } = this;
    const firstId = newId(this.clock);
    const deltas = { users: this.#userDelta, groups: this.#groupDelta };
    const appended = queryOn<{ base: string }>(
      this.#client,
      APPEND_EVENTS,
      appendParameters(actor, this.#events, firstId, now, deltas),
    );
    appended.catch(() => undefined);
    const { command } = await this.#commit();
    const [head] = (await appended).rows;
    this.#requireCommit(head ? command : 'no counter');
    return this.#events.toCommitted(firstId, Number(head?.base), actor, now);
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

  /** Waits for what was sent; the first failure is the cause, those after it only say that the transaction is aborted. */
  async #settle(): Promise<void> {
    for (const result of this.#sent.splice(0)) await result;
  }
}
