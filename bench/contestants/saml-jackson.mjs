/**
 * Ory Polis, which was BoxyHQ's SAML Jackson, embedded as a library: its directory sync answers SCIM once somebody hands
 * it the requests. Here `node:http` does, where the service itself has Next.js in front.
 */
import jackson from '@boxyhq/saml-jackson';
import { answer, listen, readJson } from './listen.mjs';

const { DATABASE_URL, POOL_SIZE } = process.env;

const { directorySyncController } = await jackson.controllers({
  externalUrl: 'http://127.0.0.1',
  samlPath: '/api/oauth/saml',
  scimPath: '/api/scim/v2.0',
  noAnalytics: true,
  db: { engine: 'sql', type: 'postgres', url: `${DATABASE_URL}?max_conns=${POOL_SIZE}` },
  logger: { info() {}, warn: console.warn, error: console.error },
});
const { data: directory, error } = await directorySyncController.directories.create({
  tenant: 'bench',
  product: 'bench',
  type: 'azure-scim-v2',
});
if (error) throw new Error(error.message);

/** Whoever embeds it hears of each change here; Portico and the floors write an event. */
const heard = () => Promise.resolve();

listen(
  async (request, response) => {
    const url = new URL(request.url, 'http://127.0.0.1');
    const [, directoryId, resourceType, resourceId] = url.pathname.split('/');
    const { status, data } = await directorySyncController.requests.handle(
      {
        method: request.method,
        body: await readJson(request),
        directoryId,
        resourceType,
        resourceId,
        apiSecret: request.headers.authorization?.replace(/^Bearer /, ''),
        query: {
          count: Number(url.searchParams.get('count') ?? 100),
          startIndex: Number(url.searchParams.get('startIndex') ?? 1),
          filter: url.searchParams.get('filter') ?? undefined,
        },
      },
      heard,
    );
    answer(response, status, data);
  },
  `/${directory.id}`,
  directory.scim.secret,
);
