import type { Server } from 'node:http';

/** The address on which a server listens; port 0 lets the operating system choose a free one. */
interface Address {
  readonly host: string;
  readonly port: number;
}

/** The time in milliseconds that requests in flight have to finish after shutdown begins. */
const DRAIN_TIMEOUT = 10_000;

/**
 * Listens on the port.
 *
 * @param reusePort lets other processes listen on the same port, each with its own queue (SO_REUSEPORT)
 * @throws EADDRINUSE and other system errors
 */
export async function listen(server: Server, { host, port }: Address, reusePort: boolean): Promise<void> {
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject);
    server.listen({ port, host, reusePort }, () => {
      server.off('error', reject);
      resolve();
    });
  });
}

/** Stops accepting connections, and resolves when all requests in flight have finished or after ten seconds. */
export async function drain(server: Server): Promise<void> {
  const closed = new Promise((resolve) => server.close(resolve));
  // A keep-alive connection remains open after its last response and must be closed explicitly.
  const idle = setInterval(() => {
    server.closeIdleConnections();
  }, 50);
  const late = setTimeout(() => {
    server.closeAllConnections();
  }, DRAIN_TIMEOUT);
  await closed;
  clearInterval(idle);
  clearTimeout(late);
}

/** Returns the URL of an address, such as `http://127.0.0.1:4000`. */
export function toUrl(host: string, port: number): string {
  return `http://${host.includes(':') ? `[${host}]` : host}:${port}`;
}
