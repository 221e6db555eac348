import type { Server } from 'node:http';

/** Where a server listens; port 0 lets the system choose a free one. */
interface Address {
  readonly host: string;
  readonly port: number;
}

/** How long requests in flight may take to finish once the server is told to stop, in milliseconds. */
const DRAIN_FOR = 10_000;

/**
 * Opens the port.
 *
 * @param reusePort whether other processes listen on it too, each with a queue of its own (SO_REUSEPORT)
 * @throws EADDRINUSE and other errors of the system
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

/** Takes no new connections, and resolves once requests in flight have been answered, or have had ten seconds for it. */
export async function drain(server: Server): Promise<void> {
  const closed = new Promise((resolve) => server.close(resolve));
  // A connection is kept alive after its last response, and nothing else would close it soon.
  const idle = setInterval(() => {
    server.closeIdleConnections();
  }, 50);
  const late = setTimeout(() => {
    server.closeAllConnections();
  }, DRAIN_FOR);
  await closed;
  clearInterval(idle);
  clearTimeout(late);
}

/** The origin of an address, such as `http://127.0.0.1:4000`. */
export function toUrl(host: string, port: number): string {
  return `http://${host.includes(':') ? `[${host}]` : host}:${port}`;
}
