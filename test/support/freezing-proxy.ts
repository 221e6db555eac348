import { once } from 'node:events';
import { connect, createServer, type AddressInfo, type Server, type Socket } from 'node:net';

/** A connection of a client, and the one that carries it on. */
interface Link {
  readonly near: Socket;
  readonly far: Socket;
}

/**
 * A TCP proxy before a database that can stop forwarding bytes without closing anything: what a host that is cut off from
 * the network, or stopped in the middle, looks like from outside.
 */
export class FreezingProxy {
  readonly #server: Server;
  readonly #links = new Set<Link>();
  /** Links that stay frozen when the others are thawed. */
  readonly #lost = new Set<Link>();
  #isFrozen = false;

  private constructor(private readonly target: URL) {
    this.#server = createServer((near) => this.#link(near));
  }

  /** Opens a proxy to the database of a URL. */
  static async open(url: string): Promise<FreezingProxy> {
    const proxy = new FreezingProxy(new URL(url));
    proxy.#server.listen(0, '127.0.0.1');
    await once(proxy.#server, 'listening');
    return proxy;
  }

  /**
   * The URL of the database behind the proxy.
   *
   * @param parameters what the URL says beside
   */
  url(parameters: Readonly<Record<string, string>> = {}): string {
    const url = new URL(this.target);
    url.hostname = '127.0.0.1';
    url.port = String((this.#server.address() as AddressInfo).port);
    for (const [name, value] of Object.entries(parameters)) url.searchParams.set(name, value);
    return url.href;
  }

  /** How many connections there are that are not lost. */
  get size(): number {
    return this.#links.size - this.#lost.size;
  }

  /** From here on no byte passes, in either direction, on any connection. New connections are accepted, and as silent. */
  freeze(): void {
    this.#isFrozen = true;
    for (const link of this.#links) pause(link);
  }

  /** Lets everything pass again, what was held back first. */
  thaw(): void {
    this.#isFrozen = false;
    for (const link of this.#links) if (!this.#lost.has(link)) resume(link);
  }

  /** Lets new connections pass; those that are there stay silent for ever. */
  failOver(): void {
    for (const link of this.#links) {
      pause(link);
      this.#lost.add(link);
    }
    this.#isFrozen = false;
  }

  /** Ends the connections that a failover has left silent, as keep-alive would in the end. */
  dropLost(): void {
    for (const link of this.#lost) destroy(link);
  }

  /** Ends all connections. */
  async close(): Promise<void> {
    this.#server.close();
    for (const link of this.#links) destroy(link);
    await once(this.#server, 'close');
  }

  #link(near: Socket): void {
    const far = connect(Number(this.target.port), this.target.hostname);
    const link = { near, far };
    this.#links.add(link);
    const join = (end: Socket, other: Socket): void => {
      end.on('data', (bytes) => other.write(bytes));
      end.on('end', () => other.end());
      end.on('error', () => other.destroy());
      end.once('close', () => {
        other.destroy();
        this.#links.delete(link);
        this.#lost.delete(link);
      });
    };
    join(near, far);
    join(far, near);
    if (this.#isFrozen) pause(link);
  }
}

function pause({ near, far }: Link): void {
  near.pause();
  far.pause();
}

function destroy({ near, far }: Link): void {
  near.destroy();
  far.destroy();
}

function resume({ near, far }: Link): void {
  near.resume();
  far.resume();
}
