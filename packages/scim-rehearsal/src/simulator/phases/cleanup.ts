import { TransportError, type ScimResponse } from '../../client/exchange.js';
import { isObject, toText } from '../../client/json.js';
import { idOf, toEqualFilter, toResources, type Collection } from '../../client/resource.js';
import type { CreatedResource } from '../session/created-resources.js';
import { read, remove, search } from '../session/entra-requests.js';
import { NAME_ATTRIBUTES } from '../session/ownership.js';
import { AbortRun, SkipObject } from '../session/run-errors.js';
import type { Session } from '../session/session.js';

/** The number of consecutive failures that end the cleanup. */
const MAX_FAILURES = 3;

/**
 * Deletes everything that the run created, also after it was stopped, unless the cleanup is abandoned too.
 *
 * @param verify checks each deletion, for an endpoint whose deletions have not been probed
 * @returns what is left
 */
export async function deleteCreated(session: Session, verify = false): Promise<readonly CreatedResource[]> {
  const { all } = session.created;
  const left = new Set<CreatedResource>();
  let failures = 0;
  for (const kind of ['/Groups', '/Users'] as const) {
    const queue = all.filter(({ collection }) => collection === kind).values();
    const work = async () => {
      for (const resource of queue) {
        const isAbandoned = failures >= MAX_FAILURES || session.options.abandon?.aborted === true;
        const isDeleted = !isAbandoned && (await deleteOne(session, resource, verify));
        failures = isDeleted ? 0 : failures + 1;
        if (!isDeleted) left.add(resource);
        session.progress.advance();
      }
    };
    await Promise.all(Array.from({ length: session.options.concurrency }, work));
  }
  return all.filter((resource) => left.has(resource));
}

async function deleteOne(session: Session, resource: CreatedResource, verify: boolean): Promise<boolean> {
  const { collection, id, name } = resource;
  try {
    const ids = id === undefined ? await findByName(session, resource) : [id];
    for (const one of ids ?? []) {
      const response = await remove(session, collection, one, 'removal');
      reportServerError(session, response, collection);
      const { status, content } = response;
      // An endpoint that hides disabled users also answers 404 for one that still exists.
      const mayHide = verify || session.findings.has('disabled-user-hidden');
      if (status >= 300 && (status !== 404 || mayHide)) return false;
      const isUnverified =
        verify || session.findings.has('deleted-still-there') || content === 'html' || content === 'text';
      if (isUnverified && (await read(session, collection, one, 'removal')).status < 300) return false;
    }
    if (ids === undefined) return false;
    session.created.remove(collection, id ?? name);
    return true;
  } catch (error) {
    // The failure has been reported, or the cleanup was abandoned; the result lists what is left.
    if (session.options.abandon?.aborted) return false;
    if (error instanceof SkipObject || error instanceof AbortRun || error instanceof TransportError) return false;
    throw error;
  }
}

/** An endpoint that fails during the cleanup is not healthy. */
function reportServerError(session: Session, response: ScimResponse, collection: Collection): void {
  if (response.status < 500) return;
  session.report('server-error', response, collection === '/Users' ? 'delete user' : 'delete group', '204');
}

/** Finds a created resource by its name. @returns undefined if the search fails */
async function findByName(
  session: Session,
  { collection, name }: CreatedResource,
): Promise<readonly string[] | undefined> {
  const attribute = NAME_ATTRIBUTES[collection];
  const step = collection === '/Users' ? 'match user' : 'match group';
  const response = await search(session, collection, toEqualFilter(attribute, name), { step, by: 'removal' });
  reportServerError(session, response, collection);
  if (response.status === 404) return [];
  const found = response.status === 200 ? toResources(response.body) : undefined;
  return found
    ?.filter((one) => isObject(one) && toText(one[attribute]).toLowerCase() === name.toLowerCase())
    .map(idOf)
    .filter((id) => id !== undefined);
}
