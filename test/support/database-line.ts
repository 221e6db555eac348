import { once } from 'node:events';
import { connect, createServer, type AddressInfo, type Server, type Socket } from 'node:net';

/** The line to a database, which a test can cut and mend: what a restart, a failover or a network does. */
export class DatabaseLine {
  readonly #ends = new Set<Socket>();
  readonly #server: Server;
  #isCut = false;

  private constructor(private readonly target: URL) {
    this.#server = createServer((near) => this.#connect(near));
  }

  /** Opens a line to the database of a URL. */
  static async open(url: string): Promise<DatabaseLine> {
    const line = new DatabaseLine(new URL(url));
    line.#server.listen(0, '127.0.0.1');
    await once(line.#server, 'listening');
    return line;
  }

  /** The URL of the database at the near end of the line. */
  get url(): string {
    const url = new URL(this.target);
    url.hostname = '127.0.0.1';
    url.port = String((this.#server.address() as AddressInfo).port);
    return url.href;
  }

  /** Ends all connections, and new ones at once. */
  cut(): void {
    this.#isCut = true;
    for (const end of this.#ends) end.destroy();
  }

  /** Takes connections again. */
  mend(): void {
    this.#isCut = false;
  }

  async close(): Promise<void> {
    this.cut();
    this.#server.close();
    await once(this.#server, 'close');
  }

  #connect(near: Socket): void {
    if (this.#isCut) {
      near.destroy();
      return;
    }
    const far = connect(Number(this.target.port), this.target.hostname);
    const join = (end: Socket, other: Socket): void => {
      this.#ends.add(end);
      end.on('error', () => undefined);
      end.once('close', () => {
        this.#ends.delete(end);
        other.destroy();
      });
      end.pipe(other);
    };
    join(near, far);
    join(far, near);
  }
}
