/** Reads a metric without labels. */
export async function readMetric(url: string, name: string): Promise<number> {
  const text = await (await fetch(`${url}/metrics`)).text();
  return Number(new RegExp(`^${name} (\\S+)$`, 'm').exec(text)?.[1]);
}

/** How many bytes wait in the server for clients to take them, once that changes no more. */
export async function settledUnsentBytes(url: string): Promise<number> {
  for (let before = -1; ;) {
    const now = await readMetric(url, 'portico_unsent_bytes');
    if (now === before) return now;
    before = now;
    await new Promise((resolve) => setTimeout(resolve, 300));
  }
}
