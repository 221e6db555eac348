import { once } from 'node:events';
import { createServer, type AddressInfo } from 'node:net';

/**
 * Finds a port on which no process is listening at this moment.
 *
 * @param host a host name or address of this machine
 * @param port the only port to try; 0 for any
 * @throws the error of listening, such as EADDRINUSE
 */
export async function findFreePort(host: string, port = 0): Promise<number> {
  const server = createServer().listen(port, host);
  await once(server, 'listening');
  const address = server.address() as AddressInfo;
  server.close();
  await once(server, 'close');
  return address.port;
}
