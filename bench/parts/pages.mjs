/** Pages of 100, from the first to the last of a large directory, by index and by cursor. */
import { startMeasuredServer } from '../measured-server.mjs';
import { makeUsers } from '../population.mjs';
import { median, quantile } from '../turns.mjs';

const SIZE = 100;
const PLACES = [0, 0.01, 0.1, 0.5, 0.999];
const ROUNDS = 60;
const WARM_UP = 20;

/** Figures: `{ users, size, pages: [{ before, index: { p50, p99 }, cursor: { p50, p99 } }] }`, times in milliseconds. */
export async function measurePages({ cluster, options, say }) {
  const users = options.pagedUsers;
  say(`pages of a directory of ${users.toLocaleString('en')} users`);
  const server = await startMeasuredServer({ cluster, database: 'pages', probed: false });
  try {
    await makeUsers(server.pool, [server.directoryId], users);
    const pages = PLACES.map((share) => ({ before: Math.floor((users * share) / SIZE) * SIZE, index: [], cursor: [] }));
    const cursors = await walk(server, users, new Set(pages.map(({ before }) => before)));
    // The pages take turns, so that whatever else the machine does falls on all of them alike.
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

/** Goes through all pages by cursor, sees that no user is missing, and keeps the cursors that lead to some of them. */
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
