/**
 * The floor on bare `node:http`: prepared statements, each request by itself. Portico can be faster because it batches
 * concurrent requests into shared statements and transactions (docs/decisions/0012, 0013).
 */
import { answer, listen, readJson } from './listen.mjs';
import { openStorage } from './floor-storage.mjs';

const { DATABASE_URL, POOL_SIZE, TOKEN } = process.env;
const storage = await openStorage({ url: DATABASE_URL, poolSize: Number(POOL_SIZE), token: TOKEN });

listen(
  async (request, response) => {
    if (!storage.knows(request.headers.authorization)) return answer(response, 401, {});
    const url = new URL(request.url, 'http://127.0.0.1');
    const id = url.pathname.split('/')[3];
    switch (request.method) {
      case 'GET': {
        const found = await (id ? storage.get(id) : storage.match(userNameOf(url.searchParams.get('filter'))));
        return answer(response, found ? 200 : 404, found ?? {});
      }
      case 'POST':
        return answer(response, 201, await storage.create(await readJson(request)));
      case 'PATCH':
        return answer(response, 200, await storage.patch(id, await readJson(request)));
      default:
        return answer(response, 405, {});
    }
  },
  '/scim',
  TOKEN,
);

function userNameOf(filter) {
  return /"(.*)"/.exec(filter)[1];
}
