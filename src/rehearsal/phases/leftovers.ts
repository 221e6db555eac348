import { idOf, search, remove, toResources } from '../entra.js';
import { isObject, toText } from '../json.js';
import type { Session } from '../session.js';

/** More rounds than this are not worth it: the endpoint then deletes nothing, or shows the same again and again. */
const MOST_ROUNDS = 100;

/**
 * Removes what an earlier rehearsal of the same seed left, because it was kept or broken off: what bears the seed's mark at
 * the beginning of its name. An endpoint that cannot search so is left as it is; nothing here is held against it.
 */
export async function removeLeftovers(session: Session): Promise<void> {
  const { mark } = session.people;
  for (const [collection, attribute, beginning] of [
    ['/Groups', 'displayName', `${mark} `],
    ['/Users', 'userName', `${mark}-`],
  ] as const) {
    for (let round = 0; round < MOST_ROUNDS; round++) {
      const filter = `${attribute} sw ${JSON.stringify(beginning)}`;
      const answer = await search(session, collection, filter, { step: 'look for leftovers', by: 'check' });
      const found = answer.status === 200 ? (toResources(answer.body) ?? []) : [];
      const left = found.filter((one) => isObject(one) && toText(one[attribute]).startsWith(beginning));
      if (left.length === 0) break;
      for (const one of left) await remove(session, collection, idOf(one) ?? '', 'check');
    }
  }
}
