import { equals, idOf, read, remove, search, toResources } from '../session/entra-requests.js';
import { TransportError, type ScimResponse } from '../../client/exchange.js';
import { isObject, toText } from '../../client/json.js';
import type { Collection, CreatedResource } from '../session/expected-state.js';
import { SkipObject, AbortRun } from '../session/run-errors.js';
import { NAMES } from '../session/ownership.js';
import type { Session } from '../session/session.js';

/** So many failures in a row end the removal: nobody is there who could remove anything. */
const HOPELESS = 3;

/**
 * Removes all that the rehearsal made, also when it was broken off, until it is told to leave the rest.
 *
 * @param isWary whether nothing is known of the endpoint's deletions, so that none is believed
 * @returns what is left, for the report to list
 */
export async function deleteCreated(session: Session, isWary = false): Promise<readonly CreatedResource[]> {
  const { made: all } = session.ledger;
  const left = new Set<CreatedResource>();
  let failures = 0;
  for (const kind of ['/Groups', '/Users'] as const) {
    const waiting = all.filter(({ collection }) => collection === kind).values();
    const lane = async () => {
      for (const made of waiting) {
        const isHopeless = failures >= HOPELESS || session.options.abandon?.aborted === true;
        const isGone = !isHopeless && (await removeOne(session, made, isWary));
        failures = isGone ? 0 : failures + 1;
        if (!isGone) left.add(made);
        session.progress.advance();
      }
    };
    await Promise.all(Array.from({ length: session.options.concurrency }, lane));
  }
  return all.filter((made) => left.has(made));
}

async function removeOne(session: Session, made: CreatedResource, isWary: boolean): Promise<boolean> {
  const { collection, id, name } = made;
  try {
    const ids = id === undefined ? await findByName(session, made) : [id];
    for (const one of ids ?? []) {
      const response = await remove(session, collection, one, 'removal');
      reportServerError(session, response, collection);
      const { status, content } = response;
      const mayHide = isWary || session.findings.has('disabled-user-hidden');
      if (status >= 300 && (status !== 404 || mayHide)) return false;
      const isDoubtful =
        isWary || session.findings.has('deleted-still-there') || content === 'html' || content === 'text';
      if (isDoubtful && (await isThere(session, collection, one))) return false;
    }
    if (ids === undefined) return false;
    session.ledger.noteGone(collection, id ?? name);
    return true;
  } catch (error) {
    // It was told where it first happened, or somebody abandoned the removal; what is left is listed.
    if (session.options.abandon?.aborted) return false;
    if (error instanceof SkipObject || error instanceof AbortRun || error instanceof TransportError) return false;
    throw error;
  }
}

/** An endpoint that fails at the removal is not healthy, however well all that came before went. */
function reportServerError(session: Session, response: ScimResponse, collection: Collection): void {
  if (response.status < 500) return;
  session.report('server-error', response, collection === '/Users' ? 'delete user' : 'delete group', '204');
}

/** Asked where a deletion is known not to delete. */
async function isThere(session: Session, collection: Collection, id: string): Promise<boolean> {
  return (await read(session, collection, id, 'removal')).status < 300;
}

/** What has the name, of which only the rehearsal makes any. @returns undefined when that cannot be found out */
async function findByName(
  session: Session,
  { collection, name }: CreatedResource,
): Promise<readonly string[] | undefined> {
  const attribute = NAMES[collection];
  const step = collection === '/Users' ? 'match user' : 'match group';
  const response = await search(session, collection, equals(attribute, name), { step, by: 'removal' });
  reportServerError(session, response, collection);
  if (response.status === 404) return [];
  const found = response.status === 200 ? toResources(response.body) : undefined;
  return found
    ?.filter((one) => isObject(one) && toText(one[attribute]).toLowerCase() === name.toLowerCase())
    .map(idOf)
    .filter((id) => id !== undefined);
}
