import pg from 'pg';
import { prepared } from '../../sql/statement.js';

/** A directory's log has grown to this sequence, somebody says. */
export interface CommitNotification {
  readonly directoryId: string;
  readonly sequence: number;
}

const CHANNEL = 'portico_events';
/** After one statement the next waits this long for company, so that a busy directory costs few of them. Milliseconds. */
const GATHER_FOR = 5;
const RECONNECT_AFTER = 1_000;

/** Prepared whatever PORTICO_PREPARED says: LISTEN needs a session of its own, and so there is one. */
const NOTIFY = prepared(`select pg_notify('${CHANNEL}', payload) from unnest($1::text[]) as payload`);

/**
 * Wakes readers in other processes by LISTEN and NOTIFY, on one connection of its own and outside every command's
 * transaction. Hints are only hints: they may be late, doubled or lost, and the feed polls behind them.
 */
export class NotifyChannel {
  #client: pg.Client | undefined;
  #stopped = false;
  #timer: NodeJS.Timeout | undefined;
  #retry: NodeJS.Timeout | undefined;
  #sentAt = 0;
  readonly #pending = new Map<string, number>();

  /**
   * @param url the database
   * @param onHint told of every hint of another process, and of the own ones
   * @param onError told of a lost connection; it is made anew after a second
   */
  constructor(
    private readonly url: string,
    private readonly onHint: (hint: CommitNotification) => void,
    private readonly onError: (error: unknown) => void,
  ) {}

  /** Connects and listens. Does not fail: without a connection there are no hints, and polling goes on. */
  async start(): Promise<void> {
    const client = new pg.Client({ connectionString: this.url, application_name: 'portico feed', keepAlive: true });
    let lost = false;
    const lose = (error: unknown): void => {
      if (lost || this.#stopped) return;
      lost = true;
      this.#client = undefined;
      this.onError(error);
      client.end().catch(() => undefined);
      this.#retry = setTimeout(() => void this.start(), RECONNECT_AFTER);
    };
    client.on('error', lose);
    client.on('end', () => {
      lose(new Error('The connection that listens for events has ended'));
    });
    client.on('notification', ({ payload }) => {
      const hint = parseHint(payload ?? '');
      if (hint) this.onHint(hint);
    });
    try {
      await client.connect();
      await client.query(`listen ${CHANNEL}`);
      // Stopped while it was connecting again: nobody else would close this connection.
      if (this.#stopped) await client.end();
      else this.#client = client;
    } catch (error) {
      lose(error);
    }
  }

  /** Tells other processes: at once, or where there is much to tell, a few milliseconds later and all together. */
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
    await this.#client?.query({ ...NOTIFY, values: [payloads] }).catch(this.onError);
    this.#timer = undefined;
    this.#sentAt = performance.now();
    if (this.#pending.size > 0 && !this.#stopped) this.#schedule();
  }
}

function parseHint(payload: string): CommitNotification | undefined {
  const [directoryId, sequence] = payload.split(':');
  return directoryId && sequence ? { directoryId, sequence: Number(sequence) } : undefined;
}
