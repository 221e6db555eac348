/**
 * Ory Polis, formerly BoxyHQ's SAML Jackson, embedded as a library. Its directory sync handles SCIM requests that it is
 * given: here by `node:http`, in the service itself by Next.js.
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

/** The embedding program's callback for changes, in place of the event that Portico and the floors write. */
const onEvent = () => Promise.resolve();

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
      onEvent,
    );
    answer(response, status, data);
  },
  `/${directory.id}`,
  directory.scim.secret,
);
