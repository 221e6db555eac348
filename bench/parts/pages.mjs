/** Measures pages of 100 at several depths of a large directory, by index and by cursor. */
import { startMeasuredServer } from '../measured-server.mjs';
import { makeUsers } from '../population.mjs';
import { median, quantile } from '../rounds.mjs';

const SIZE = 100;
const DEPTHS = [0, 0.01, 0.1, 0.5, 0.999];
const ROUNDS = 60;
const WARM_UP = 20;

/** Figures: `{ users, size, pages: [{ before, index: { p50, p99 }, cursor: { p50, p99 } }] }`, times in milliseconds. */
export async function measurePages({ cluster, options, say }) {
  const users = options.pagedUsers;
  say(`pages of a directory of ${users.toLocaleString('en')} users`);
  const server = await startMeasuredServer({ cluster, database: 'pages', probed: false });
  try {
    await makeUsers(server.pool, [server.directoryId], users);
    const pages = DEPTHS.map((share) => ({ before: Math.floor((users * share) / SIZE) * SIZE, index: [], cursor: [] }));
    const cursors = await walk(server, users, new Set(pages.map(({ before }) => before)));
    // Alternates between the pages, so that other load on the machine affects all of them alike.
    for (let round = -WARM_UP; round < ROUNDS; round++) {
      for (const { before, index, cursor } of pages) {
        const byIndex = await get(server, `startIndex=${before + 1}&count=${SIZE}`);
        const byCursor = await get(server, `cursor=${cursors.get(before)}&count=${SIZE}`);
        if (round < 0) continue;
        index.push(byIndex.total);
        cursor.push(byCursor.total);
      }
    }
    const summary = (times) => ({ p50: median(times), p99: quantile(times, 0.99) });
    return {
      users,
      size: SIZE,
      pages: pages.map(({ before, index, cursor }) => ({ before, index: summary(index), cursor: summary(cursor) })),
    };
  } finally {
    await server.stop();
  }
}

/** Walks all pages by cursor, checks that no user is missing, and returns the cursors of the wanted pages. */
async function walk(server, users, wanted) {
  const cursors = new Map();
  const seen = new Set();
  for (let cursor = ''; cursor !== undefined;) {
    if (wanted.has(seen.size)) cursors.set(seen.size, cursor);
    const { page } = await get(server, `cursor=${cursor}&count=${SIZE}`);
    for (const { id } of page.Resources) seen.add(id);
    cursor = page.nextCursor;
  }
  if (seen.size !== users) throw new Error(`A walk through all pages met ${seen.size} of ${users} users`);
  return cursors;
}

async function get(server, query) {
  const { answer, total } = await server.send('GET', `/Users?${query}`);
  const page = JSON.parse(answer);
  if (page.Resources.length !== SIZE) throw new Error(`${query}: a page of ${page.Resources.length}`);
  return { page, total };
}
