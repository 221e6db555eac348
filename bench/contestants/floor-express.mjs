/**
 * The floor on express 5: the least work that a SCIM request needs, each request by itself. Portico handles SCIM requests on
 * bare `node:http`, and batches concurrent ones into shared statements and transactions (docs/decisions/0012, 0013).
 */
import express from 'express';
import { answer, listen } from './listen.mjs';
import { openStorage } from './floor-storage.mjs';

const { DATABASE_URL, POOL_SIZE, TOKEN } = process.env;
const storage = await openStorage({ url: DATABASE_URL, poolSize: Number(POOL_SIZE), token: TOKEN });

const app = express();
app.use((request, response, next) => {
  if (storage.knows(request.headers.authorization)) next();
  else answer(response, 401, {});
});
app.use(express.json({ type: 'application/scim+json' }));
app.get('/scim/Users', async (request, response) => {
  answer(response, 200, await storage.match(/"(.*)"/.exec(request.query.filter)[1]));
});
app.get('/scim/Users/:id', async (request, response) => {
  const found = await storage.get(request.params.id);
  answer(response, found ? 200 : 404, found ?? {});
});
app.post('/scim/Users', async (request, response) => answer(response, 201, await storage.create(request.body)));
app.patch('/scim/Users/:id', async (request, response) => {
  answer(response, 200, await storage.patch(request.params.id, request.body));
});
listen(app, '/scim', TOKEN);
