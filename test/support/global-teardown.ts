import { rm } from 'node:fs/promises';

/** Stops the PostgreSQL of the run and removes its folder. */
export default async function tearDown(): Promise<void> {
  const cluster = globalThis.porticoTestCluster;
  await cluster?.close();
  if (cluster) await rm(cluster.folder, { recursive: true, force: true });
}
