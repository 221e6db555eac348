import { once } from 'node:events';
import { connect, createServer, type AddressInfo, type Server, type Socket } from 'node:net';

/** A TCP proxy for a database that can drop and refuse connections, as in a restart, a failover or a network failure. */
export class DroppingProxy {
  readonly #sockets = new Set<Socket>();
  readonly #server: Server;
  #isDropping = false;

  private constructor(private readonly target: URL) {
    this.#server = createServer((client) => this.#connect(client));
  }

  /** Opens a proxy for the database of a URL. */
  static async open(url: string): Promise<DroppingProxy> {
    const proxy = new DroppingProxy(new URL(url));
    proxy.#server.listen(0, '127.0.0.1');
    await once(proxy.#server, 'listening');
    return proxy;
  }

  /** The URL of the database through the proxy. */
  get url(): string {
    const url = new URL(this.target);
    url.hostname = '127.0.0.1';
    url.port = String((this.#server.address() as AddressInfo).port);
    return url.href;
  }

  /** Drops all connections, and new ones at once. */
  drop(): void {
    this.#isDropping = true;
    for (const socket of this.#sockets) socket.destroy();
  }

  /** Accepts connections again. */
  restore(): void {
    this.#isDropping = false;
  }

  async close(): Promise<void> {
    this.drop();
    this.#server.close();
    await once(this.#server, 'close');
  }

  #connect(client: Socket): void {
    if (this.#isDropping) {
      client.destroy();
      return;
    }
    const upstream = connect(Number(this.target.port), this.target.hostname);
    const join = (socket: Socket, other: Socket): void => {
      this.#sockets.add(socket);
      socket.on('error', () => undefined);
      socket.once('close', () => {
        this.#sockets.delete(socket);
        other.destroy();
      });
      socket.pipe(other);
    };
    join(client, upstream);
    join(upstream, client);
  }
}
