import type { Collection } from '../../client/resource.js';
import type { CheckContext } from '../context/check-context.js';
import { NotApplicable } from '../context/check-failed.js';

/** Deletes a resource. @throws NotApplicable if the endpoint does not support DELETE */
export async function deleteIfSupported(context: CheckContext, collection: Collection, id: string): Promise<void> {
  const { status } = await context.send('DELETE', `${collection}/${id}`, [200, 204, 405, 501]);
  if (status >= 300) throw new NotApplicable(`DELETE is not supported: it was answered with ${status}`);
  context.created.remove(collection, id);
}

/** Requires that a deleted resource is gone. */
export async function requireDeletion(
  context: CheckContext,
  collection: Collection,
  create: () => Promise<string>,
): Promise<void> {
  const id = await create();
  await deleteIfSupported(context, collection, id);
  await context.send('GET', `${collection}/${id}`, [404]);
}
