import { remove } from '../entra.js';
import { TransportError } from '../exchange.js';
import type { Made } from '../ledger.js';
import { GaveUp, Stopped, type Session } from '../session.js';

/** So many failures in a row end the removal: nobody is there who could remove anything. */
const HOPELESS = 3;

/**
 * Removes all that the rehearsal made, also when it was broken off.
 *
 * @returns what is left, for the report to list
 */
export async function removeAll(session: Session): Promise<readonly Made[]> {
  const left: Made[] = [];
  let failures = 0;
  for (const kind of ['/Groups', '/Users'] as const) {
    const waiting = session.ledger.made.filter(({ collection }) => collection === kind).values();
    const lane = async () => {
      for (const made of waiting) {
        const isGone = failures < HOPELESS && (await removeOne(session, made));
        failures = isGone ? 0 : failures + 1;
        if (!isGone) left.push(made);
        session.progress.advance();
      }
    };
    await Promise.all(Array.from({ length: session.options.concurrency }, lane));
  }
  return left;
}

async function removeOne(session: Session, { collection, id }: Made): Promise<boolean> {
  try {
    const { status } = await remove(session, collection, id, 'removal');
    if (status >= 300 && status !== 404) return false;
    session.ledger.noteGone(collection, id);
    return true;
  } catch (error) {
    // It was told where it first happened; what is left is listed.
    if (error instanceof GaveUp || error instanceof Stopped || error instanceof TransportError) return false;
    throw error;
  }
}
