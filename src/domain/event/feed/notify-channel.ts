import pg from 'pg';
import { isDatabaseAway, prepared } from '../../sql/statement.js';

/** The notification that a directory's log has reached a sequence. */
export interface CommitNotification {
  readonly directoryId: string;
  readonly sequence: number;
}

const CHANNEL = 'portico_events';
/**
 * The delay in milliseconds by which a statement after the first collects further notifications, to save statements.
 */
const GATHER_FOR = 5;
const RECONNECT_AFTER = 1_000;
/** Milliseconds to wait for a connection and for each answer. */
const ANSWER_TIMEOUT = 5_000;

/** Prepared even with PORTICO_PREPARED=off: LISTEN requires a session connection anyway. */
const NOTIFY = prepared(`select pg_notify('${CHANNEL}', payload) from unnest($1::text[]) as payload`);

/**
 * Wakes readers in other processes by LISTEN and NOTIFY, on a dedicated connection outside every command's transaction.
 * Notifications may be late, duplicated or lost; the feed polls in addition.
 */
export class NotifyChannel {
  #client: pg.Client | undefined;
  /** Discards the connection and opens another. */
  #lose: (error: unknown) => void = () => undefined;
  #stopped = false;
  #timer: NodeJS.Timeout | undefined;
  #retry: NodeJS.Timeout | undefined;
  #sentAt = 0;
  readonly #pending = new Map<string, number>();

  /**
   * @param url the database
   * @param onCommit called with every notification, including those of this process
   * @param onError called when the connection is lost; it is re-established after a second
   */
  constructor(
    private readonly url: string,
    private readonly onCommit: (notification: CommitNotification) => void,
    private readonly onError: (error: unknown) => void,
  ) {}

  /** Connects and listens. Never fails: without a connection no notifications arrive, and polling continues. */
  async start(): Promise<void> {
    const client = new pg.Client({
      connectionString: this.url,
      application_name: 'portico feed',
      keepAlive: true,
      keepAliveInitialDelayMillis: 10_000,
      connectionTimeoutMillis: ANSWER_TIMEOUT,
      query_timeout: ANSWER_TIMEOUT,
    });
    let lost = false;
    const lose = (error: unknown): void => {
      if (lost || this.#stopped) return;
      lost = true;
      this.#client = undefined;
      this.onError(error);
      client.end().catch(() => undefined);
      this.#retry = setTimeout(() => void this.start(), RECONNECT_AFTER);
    };
    this.#lose = lose;
    client.on('error', lose);
    client.on('end', () => {
      lose(new Error('The connection that listens for events has ended'));
    });
    client.on('notification', ({ payload }) => {
      const notification = parseNotification(payload ?? '');
      if (notification) this.onCommit(notification);
    });
    try {
      await client.connect();
      await client.query(`listen ${CHANNEL}`);
      // `stop` was called while connecting and could not close this connection.
      if (this.#stopped) await client.end();
      else this.#client = client;
    } catch (error) {
      lose(error);
    }
  }

  /** Notifies other processes, immediately or, under load, in a batch a few milliseconds later. */
  send({ directoryId, sequence }: CommitNotification): void {
    this.#pending.set(directoryId, Math.max(sequence, this.#pending.get(directoryId) ?? 0));
    this.#schedule();
  }

  async stop(): Promise<void> {
    this.#stopped = true;
    clearTimeout(this.#timer);
    clearTimeout(this.#retry);
    await this.#client?.end().catch(() => undefined);
  }

  #schedule(): void {
    const wait = Math.max(0, this.#sentAt + GATHER_FOR - performance.now());
    this.#timer ??= setTimeout(() => void this.#flush(), wait);
  }

  async #flush(): Promise<void> {
    const payloads = [...this.#pending].map(([directoryId, sequence]) => `${directoryId}:${sequence}`);
    this.#pending.clear();
    await this.#client?.query({ ...NOTIFY, values: [payloads] }).catch((error: unknown) => {
      // The driver sends no further query on a connection that did not answer.
      if (isDatabaseAway(error)) this.#lose(error);
      else this.onError(error);
    });
    this.#timer = undefined;
    this.#sentAt = performance.now();
    if (this.#pending.size > 0 && !this.#stopped) this.#schedule();
  }
}

function parseNotification(payload: string): CommitNotification | undefined {
  const [directoryId, sequence] = payload.split(':');
  return directoryId && sequence ? { directoryId, sequence: Number(sequence) } : undefined;
}
