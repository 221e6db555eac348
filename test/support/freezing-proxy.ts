import { once } from 'node:events';
import { connect, createServer, type AddressInfo, type Server, type Socket } from 'node:net';

/** A connection of a client, and the connection to the database that it is forwarded to. */
interface Link {
  readonly client: Socket;
  readonly upstream: Socket;
}

/**
 * A TCP proxy for a database that can stop forwarding bytes without closing connections, like a host that is disconnected
 * from the network or suspended.
 */
export class FreezingProxy {
  readonly #server: Server;
  readonly #links = new Set<Link>();
  /** Links that stay frozen when the others are thawed. */
  readonly #lost = new Set<Link>();
  #isFrozen = false;

  private constructor(private readonly target: URL) {
    this.#server = createServer((client) => this.#link(client));
  }

  /** Opens a proxy for the database of a URL. */
  static async open(url: string): Promise<FreezingProxy> {
    const proxy = new FreezingProxy(new URL(url));
    proxy.#server.listen(0, '127.0.0.1');
    await once(proxy.#server, 'listening');
    return proxy;
  }

  /**
   * Returns the URL of the database through the proxy.
   *
   * @param parameters additional query parameters of the URL
   */
  url(parameters: Readonly<Record<string, string>> = {}): string {
    const url = new URL(this.target);
    url.hostname = '127.0.0.1';
    url.port = String((this.#server.address() as AddressInfo).port);
    for (const [name, value] of Object.entries(parameters)) url.searchParams.set(name, value);
    return url.href;
  }

  /** The number of connections that are not lost. */
  get size(): number {
    return this.#links.size - this.#lost.size;
  }

  /** Stops forwarding in both directions on all connections. New connections are accepted, but not forwarded either. */
  freeze(): void {
    this.#isFrozen = true;
    for (const link of this.#links) pause(link);
  }

  /** Resumes forwarding, beginning with the bytes that were held back. */
  thaw(): void {
    this.#isFrozen = false;
    for (const link of this.#links) if (!this.#lost.has(link)) resume(link);
  }

  /** Forwards new connections only; existing ones stay frozen forever. */
  failOver(): void {
    for (const link of this.#links) {
      pause(link);
      this.#lost.add(link);
    }
    this.#isFrozen = false;
  }

  /** Closes the connections that a failover has left frozen, as TCP keep-alive eventually would. */
  dropLost(): void {
    for (const link of this.#lost) destroy(link);
  }

  /** Closes the proxy and all connections. */
  async close(): Promise<void> {
    this.#server.close();
    for (const link of this.#links) destroy(link);
    await once(this.#server, 'close');
  }

  #link(client: Socket): void {
    const upstream = connect(Number(this.target.port), this.target.hostname);
    const link = { client, upstream };
    this.#links.add(link);
    const join = (socket: Socket, other: Socket): void => {
      socket.on('data', (bytes) => other.write(bytes));
      socket.on('end', () => other.end());
      socket.on('error', () => other.destroy());
      socket.once('close', () => {
        other.destroy();
        this.#links.delete(link);
        this.#lost.delete(link);
      });
    };
    join(client, upstream);
    join(upstream, client);
    if (this.#isFrozen) pause(link);
  }
}

function pause({ client, upstream }: Link): void {
  client.pause();
  upstream.pause();
}

function destroy({ client, upstream }: Link): void {
  client.destroy();
  upstream.destroy();
}

function resume({ client, upstream }: Link): void {
  client.resume();
  upstream.resume();
}
