import { valueAt } from '../../client/attribute-path.js';
import { TransportError, type ScimResponse, type Exchange } from '../../client/exchange.js';
import { isObject, toList, toText, type Json, type JsonObject } from '../../client/json.js';
import type { Collection, Ledger } from '../../simulator/session/expected-state.js';
import type { RequestOptions, ScimClient } from '../../client/scim-client.js';
import { CheckFailed } from './check-failed.js';
import type { Connection } from './client-credentials.js';
import type { Published } from './published-attributes.js';
import {
  isSameValue,
  sampleValues,
  toGroupBody,
  toUserBody,
  type SampleAttribute,
  type Values,
} from './sample-values.js';

/** One operation of a PATCH as a check sends it. */
export interface PatchOperation {
  readonly op: string;
  readonly path?: string;
  readonly value?: Json;
}

/** What is being done, for the progress. */
const STEP = 'validate';

const PATCH_URN = 'urn:ietf:params:scim:api:messages:2.0:PatchOp';
const LIST_URN = 'urn:ietf:params:scim:api:messages:2.0:ListResponse';

/** What one check works with: requests that throw CheckFailed where the answer is not what every check needs of it. */
export class CheckContext {
  #last: Exchange | undefined;
  #names = 0;

  /**
   * @param connection for the checks that bring a token of their own
   * @param ledger where what is made is noted, for the removal
   * @param mark begins the names of all that is made
   * @param number of the check
   */
  constructor(
    readonly client: ScimClient,
    readonly connection: Connection,
    readonly published: Published,
    readonly ledger: Ledger,
    readonly namePrefix: string,
    readonly number: number,
  ) {}

  /** A userName that nobody else has. */
  newName(): string {
    return `${this.namePrefix}-${this.number}-${++this.#names}`;
  }

  /** A displayName that no other group has. */
  newGroupName(): string {
    return `${this.namePrefix} ${this.number}-${++this.#names}`;
  }

  /** @throws CheckFailed unless the condition holds; the exchange shown with it is the last one */
  require(condition: boolean, message: string): void {
    if (!condition) throw new CheckFailed(message, this.#last);
  }

  /** @throws CheckFailed unless the value is a JSON object */
  requireObject(value: Json | undefined, message: string): JsonObject {
    if (!isObject(value)) throw new CheckFailed(message, this.#last);
    return value;
  }

  /** @throws CheckFailed unless the answer has one of the states */
  async send(
    method: string,
    path: string,
    expected: readonly number[],
    options: Omit<RequestOptions, 'step'> = {},
  ): Promise<ScimResponse> {
    const response = await this.client.request(method, path, { step: STEP, ...options });
    this.#last = response.exchange;
    this.#requireStatus(response, expected);
    return response;
  }

  #requireStatus({ status, body, exchange }: ScimResponse, expected: readonly number[]): void {
    if (expected.includes(status)) return;
    const detail = isObject(body) && body['detail'] !== undefined ? ` (${toText(body['detail'])})` : '';
    const required = expected.join(' or ');
    throw new CheckFailed(
      `${exchange.method} was answered with ${status}${detail}, and ${required} is required`,
      exchange,
    );
  }

  /** Creates a resource, whatever status is expected, and notes it when it was made. */
  async create(collection: Collection, body: JsonObject, expected: readonly number[] = [201]): Promise<JsonObject> {
    const response = await this.#post(collection, body);
    const { status, body: created } = response;
    this.#requireStatus(response, expected);
    if (status >= 300) return isObject(created) ? created : {};
    const id = isObject(created) ? created['id'] : undefined;
    this.require(typeof id === 'string' && id !== '', 'the created resource came without an id');
    return this.requireObject(created, 'the answer is no resource');
  }

  /** Notes what was made, and what may have been when no answer came. */
  async #post(collection: Collection, body: JsonObject): Promise<ScimResponse> {
    const unknown = { collection, id: undefined, name: toText(body['userName'] ?? body['displayName']) };
    try {
      const response = await this.client.request('POST', collection, { step: STEP, body });
      this.#last = response.exchange;
      const id = isObject(response.body) ? response.body['id'] : undefined;
      if (response.status < 300) this.ledger.noteMade({ ...unknown, id: typeof id === 'string' ? id : undefined });
      return response;
    } catch (error) {
      if (error instanceof TransportError) this.ledger.noteMade(unknown);
      throw error;
    }
  }

  /** A user with the values, or with what servers demand of users when there are none. @returns its id */
  async createUser(values?: Values, userName = `${this.newName()}@rehearsal.example`): Promise<string> {
    const least = values ?? sampleValues(this.newName(), this.published.needed);
    return toText((await this.create('/Users', toUserBody(userName, least)))['id']);
  }

  /** @returns its id */
  async createGroup(displayName = this.newGroupName()): Promise<string> {
    return toText((await this.create('/Groups', toGroupBody(displayName)))['id']);
  }

  async patch(collection: Collection, id: string, ...operations: readonly PatchOperation[]): Promise<void> {
    const body = { schemas: [PATCH_URN], Operations: operations.map((operation) => ({ ...operation })) };
    await this.send('PATCH', `${collection}/${id}`, [200, 204], { body });
  }

  async read(collection: Collection, id: string): Promise<JsonObject> {
    const { body } = await this.send('GET', `${collection}/${id}`, [200]);
    return this.requireObject(body, 'the answer is no resource');
  }

  /** The resources of a list (RFC 7644 §3.4.2). */
  async list(path: string, query: Readonly<Record<string, string | number>> = {}): Promise<JsonObject> {
    const { body } = await this.send('GET', path, [200], { query });
    const list = this.requireObject(body, 'the answer is no ListResponse');
    this.require(toList(list['schemas']).includes(LIST_URN), 'the answer is no ListResponse');
    return list;
  }

  async find(collection: Collection, path: string, value: string): Promise<readonly Json[]> {
    const list = await this.list(collection, { filter: `${path} eq ${JSON.stringify(value)}` });
    return toList(list['Resources']);
  }

  /** @throws CheckFailed unless exactly that one resource is found */
  async requireFound(collection: Collection, id: string, path: string, value: string): Promise<JsonObject> {
    const found = await this.find(collection, path, value);
    this.require(found.length === 1, `${path} eq "${value}" finds ${found.length} instead of one`);
    const one = this.requireObject(found[0], 'the answer holds no resource');
    this.require(one['id'] === id, `${path} eq "${value}" finds another resource`);
    return one;
  }

  /** @throws CheckFailed unless every value is there as it was sent */
  requireValues(resource: Json | undefined, values: Values): void {
    for (const [path, value] of Object.entries(values)) {
      const found = valueAt(resource, path);
      this.require(isSameValue(value, found), `${path} is ${show(found)} instead of ${show(value)}`);
    }
  }

  /** @throws CheckFailed unless each attribute is absent, null or empty */
  requireEmpty(resource: Json | undefined, attributes: readonly SampleAttribute[]): void {
    for (const { path } of attributes) {
      const found = valueAt(resource, path);
      const isEmpty = found === undefined || found === null || found === '';
      this.require(isEmpty, `${path} is still ${show(found)}`);
    }
  }

  async memberIds(groupId: string): Promise<readonly string[]> {
    const group = await this.read('/Groups', groupId);
    return toList(group['members']).flatMap((one) => (isObject(one) ? [toText(one['value'])] : []));
  }

  /** @throws CheckFailed unless these are the members, in any order */
  async requireMembers(groupId: string, ...ids: readonly string[]): Promise<void> {
    const found = await this.memberIds(groupId);
    const isSame = found.length === ids.length && ids.every((id) => found.includes(id));
    this.require(isSame, `the members are [${found.join(', ')}] instead of [${ids.join(', ')}]`);
  }
}

/** A value as a reason shows it, strings with their quotes. */
export function show(value: Json | undefined): string {
  return value === undefined ? 'absent' : JSON.stringify(value);
}
