import { TransportError } from '../exchange.js';
import { isObject, toList } from '../json.js';
import type { ScimEndpoint } from '../scim-endpoint.js';

export type Collection = '/Users' | '/Groups';

/** An object that a check made, and that has to be removed. */
export interface Made {
  readonly collection: Collection;
  /** Undefined when the endpoint did not tell it. */
  readonly id: string | undefined;
  readonly name: string;
}

/**
 * Removes what was made, groups first.
 *
 * @returns what is still there
 */
export async function removeAll(endpoint: ScimEndpoint, made: readonly Made[]): Promise<readonly Made[]> {
  const isGroup = ({ collection }: Made) => collection === '/Groups';
  const inOrder = [...made.filter(isGroup), ...made.filter((one) => !isGroup(one))];
  const left: Made[] = [];
  for (const [index, one] of inOrder.entries()) {
    try {
      if (!(await isRemoved(endpoint, one))) left.push(one);
    } catch (error) {
      if (!(error instanceof TransportError)) throw error;
      // An endpoint that answers nothing any more will not remove the rest either.
      return [...left, ...inOrder.slice(index)];
    }
  }
  return left;
}

/** Removes one object, found by its name where its id is not known. @returns whether it is gone */
export async function isRemoved(endpoint: ScimEndpoint, made: Made): Promise<boolean> {
  const id = made.id ?? (await findId(endpoint, made));
  if (id === undefined) return false;
  const path = `${made.collection}/${encodeURIComponent(id)}`;
  const { status } = await endpoint.request('DELETE', path, { step: 'remove', by: 'removal' });
  return status < 300 || status === 404;
}

async function findId(endpoint: ScimEndpoint, { collection, name }: Made): Promise<string | undefined> {
  const filter = `${collection === '/Users' ? 'userName' : 'displayName'} eq ${JSON.stringify(name)}`;
  const { body } = await endpoint.request('GET', collection, { query: { filter }, step: 'remove', by: 'removal' });
  const [found] = toList(isObject(body) ? body['Resources'] : undefined);
  return isObject(found) && typeof found['id'] === 'string' ? found['id'] : undefined;
}
