import { NotApplicable } from '../context/check-failed.js';
import type { Collection } from '../../simulator/session/expected-state.js';
import type { CheckContext } from '../context/check-context.js';

/** @throws NotApplicable where the endpoint says that it does not offer DELETE */
export async function deleteOffered(context: CheckContext, collection: Collection, id: string): Promise<void> {
  const { status } = await context.send('DELETE', `${collection}/${id}`, [200, 204, 405, 501]);
  if (status >= 300) throw new NotApplicable(`DELETE is answered with ${status}: it is not offered`);
  context.ledger.noteGone(collection, id);
}

/** An object that is deleted is then not there. */
export async function requireDeletion(
  context: CheckContext,
  collection: Collection,
  create: () => Promise<string>,
): Promise<void> {
  const id = await create();
  await deleteOffered(context, collection, id);
  await context.send('GET', `${collection}/${id}`, [404]);
}
