import { isUnanswered, type ScimResponse } from '../../client/exchange.js';
import { toText, type JsonObject } from '../../client/json.js';
import { idOf, type Collection } from '../../client/resource.js';

/** A resource that the run created at the endpoint. */
export interface CreatedResource {
  readonly collection: Collection;
  /** Undefined if no response arrived or it had no id: the resource may exist under its name. */
  readonly id: string | undefined;
  /** Its `userName` or `displayName`. */
  readonly name: string;
}

/** The resources that a run created and has to delete. */
export class CreatedResources {
  readonly #resources = new Map<string, CreatedResource>();
  readonly #removedIds = new Set<string>();

  /** Groups first, so that their members need not be removed from them one by one. */
  get all(): readonly CreatedResource[] {
    const all = [...this.#resources.values()];
    return [...all.filter(isGroup), ...all.filter((one) => !isGroup(one))];
  }

  add(resource: CreatedResource): void {
    this.#resources.set(`${resource.collection}/${resource.id ?? resource.name}`, resource);
  }

  /** Records that a resource no longer exists. */
  remove(collection: Collection, idOrName: string): void {
    this.#resources.delete(`${collection}/${idOrName}`);
    this.#removedIds.add(idOrName);
  }

  /** True for a resource that was created and deleted. */
  isRemoved(id: string): boolean {
    return this.#removedIds.has(id);
  }

  /** Sends the POST of a resource, and records what it created, or may have created if no response arrives. */
  async track(collection: Collection, body: JsonObject, send: () => Promise<ScimResponse>): Promise<ScimResponse> {
    const name = toText(body['userName'] ?? body['displayName']);
    try {
      const response = await send();
      if (response.status < 300) this.add({ collection, id: idOf(response.body), name });
      return response;
    } catch (error) {
      if (isUnanswered(error)) this.add({ collection, id: undefined, name });
      throw error;
    }
  }
}

function isGroup({ collection }: CreatedResource): boolean {
  return collection === '/Groups';
}
