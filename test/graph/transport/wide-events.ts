import { DomainDirectory, toCreateUser } from '../../support/domain.js';
import type { TestDirectory, TestServer } from '../../support/server.js';

/** A subscription that receives nine kilobytes for each event of `writeWideEvents`. */
export const WIDE_EVENTS = `subscription { directoryEvents(from: EARLIEST) { sequence
  ... on UserProvisioned { ${['a', 'b', 'c', 'd', 'e', 'f'].map((alias) => `${alias}: userName`).join(' ')} } } }`;

/** The maximum of unsent bytes that the server may buffer for a client. */
export const MOST_UNSENT = 1024 * 1024;

/** Writes more events than fit into the socket buffers of the operating system and the memory of the feed. */
export async function writeWideEvents(server: TestServer, directory: TestDirectory): Promise<number> {
  const count = 3_000;
  const domain = new DomainDirectory(server.store, directory.id, directory.slug);
  const name = 'x'.repeat(1_500);
  for (let written = 0; written < count; written += 500) {
    await domain.execute(...Array.from({ length: 500 }, (_, index) => toCreateUser(`${written + index}-${name}`)));
  }
  return count;
}
