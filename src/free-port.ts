import { once } from 'node:events';
import { createServer, type AddressInfo } from 'node:net';

/**
 * Finds a port that nobody listens on just now.
 *
 * @param host a name or an address of this machine
 * @param port this one and no other; 0 for any
 * @throws what listening there fails with, such as EADDRINUSE
 */
export async function findFreePort(host: string, port = 0): Promise<number> {
  const server = createServer().listen(port, host);
  await once(server, 'listening');
  const address = server.address() as AddressInfo;
  server.close();
  await once(server, 'close');
  return address.port;
}
