/** Reads a metric without labels. */
export async function readMetric(url: string, name: string): Promise<number> {
  const text = await (await fetch(`${url}/metrics`)).text();
  return Number(new RegExp(`^${name} (\\S+)$`, 'm').exec(text)?.[1]);
}

/** Waits until the number of unsent bytes in the server no longer changes, and returns it. */
export async function settledUnsentBytes(url: string): Promise<number> {
  for (let before = -1; ;) {
    const now = await readMetric(url, 'portico_unsent_bytes');
    if (now === before) return now;
    before = now;
    await new Promise((resolve) => setTimeout(resolve, 300));
  }
}
