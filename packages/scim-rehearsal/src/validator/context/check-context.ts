import { valueAt } from '../../client/attribute-path.js';
import type { Exchange, ScimResponse } from '../../client/exchange.js';
import { isObject, toList, toText, type Json, type JsonObject } from '../../client/json.js';
import { toPatchBody, type Operation } from '../../client/patch-body.js';
import { toGroupBody, toUserBody, type Values } from '../../client/resource-body.js';
import { memberIds, toEqualFilter, type Collection } from '../../client/resource.js';
import type { RequestOptions, ScimClient } from '../../client/scim-client.js';
import { LIST_URN } from '../../client/urns.js';
import { isExactValue } from '../../client/value-equality.js';
import type { CreatedResources } from '../../simulator/session/created-resources.js';
import { CheckFailed } from './check-failed.js';
import type { Connection } from './client-credentials.js';
import type { PublishedAttributes } from './published-attributes.js';
import { sampleValues, type SampleAttribute } from './sample-values.js';

/** The step of all requests of a validation. */
const STEP = 'validate';

/** The client and the fixtures of a check. Its methods throw CheckFailed if a response does not meet what every check requires. */
export class CheckContext {
  #lastExchange: Exchange | undefined;
  #lastName = 0;

  /**
   * @param connection for checks that use a token of their own
   * @param created records what the checks create
   * @param namePrefix the start of every name that the checks create
   * @param number the number of the check, which makes its names unique
   */
  constructor(
    readonly client: ScimClient,
    readonly connection: Connection,
    readonly published: PublishedAttributes,
    readonly created: CreatedResources,
    readonly namePrefix: string,
    readonly number: number,
  ) {}

  /** A unique userName. */
  newUserName(): string {
    return `${this.namePrefix}-${this.number}-${++this.#lastName}`;
  }

  /** A unique displayName of a group. */
  newGroupName(): string {
    return `${this.namePrefix} ${this.number}-${++this.#lastName}`;
  }

  /** @throws CheckFailed, with the last exchange, unless the condition holds */
  require(condition: boolean, message: string): void {
    if (!condition) throw new CheckFailed(message, this.#lastExchange);
  }

  /** @throws CheckFailed unless the value is a JSON object */
  requireObject(value: Json | undefined, message: string): JsonObject {
    if (!isObject(value)) throw new CheckFailed(message, this.#lastExchange);
    return value;
  }

  /** @throws CheckFailed unless the response has one of the expected statuses */
  async send(
    method: string,
    path: string,
    expected: readonly number[],
    options: Omit<RequestOptions, 'step'> = {},
  ): Promise<ScimResponse> {
    const response = await this.client.request(method, path, { step: STEP, ...options });
    this.#lastExchange = response.exchange;
    this.#requireStatus(response, expected);
    return response;
  }

  #requireStatus({ status, body, exchange }: ScimResponse, expected: readonly number[]): void {
    if (expected.includes(status)) return;
    const detail = isObject(body) && body['detail'] !== undefined ? ` (${toText(body['detail'])})` : '';
    const required = expected.join(' or ');
    throw new CheckFailed(`${exchange.method} was answered with ${status}${detail} instead of ${required}`, exchange);
  }

  /** Sends a POST, and records the resource if one was created. */
  async create(collection: Collection, body: JsonObject, expected: readonly number[] = [201]): Promise<JsonObject> {
    const response = await this.created.track(collection, body, async () => {
      const received = await this.client.request('POST', collection, { step: STEP, body });
      this.#lastExchange = received.exchange;
      return received;
    });
    const { status, body: created } = response;
    this.#requireStatus(response, expected);
    if (status >= 300) return isObject(created) ? created : {};
    const id = isObject(created) ? created['id'] : undefined;
    this.require(typeof id === 'string' && id !== '', 'the created resource has no id');
    return this.requireObject(created, 'the response is not a resource');
  }

  /**
   * Creates a user.
   *
   * @param values by default those of the required attributes
   * @returns its id
   */
  async createUser(values?: Values, userName = `${this.newUserName()}@rehearsal.example`): Promise<string> {
    const given = values ?? sampleValues(this.newUserName(), this.published.required);
    return toText((await this.create('/Users', toActiveUserBody(userName, given)))['id']);
  }

  /** Creates a group. @returns its id */
  async createGroup(displayName = this.newGroupName()): Promise<string> {
    return toText((await this.create('/Groups', toGroupBody({ displayName })))['id']);
  }

  async patch(collection: Collection, id: string, ...operations: readonly Operation[]): Promise<void> {
    await this.send('PATCH', `${collection}/${id}`, [200, 204], { body: toPatchBody(operations) });
  }

  async read(collection: Collection, id: string): Promise<JsonObject> {
    const { body } = await this.send('GET', `${collection}/${id}`, [200]);
    return this.requireObject(body, 'the response is not a resource');
  }

  /** Requests a list (RFC 7644 §3.4.2). */
  async list(path: string, query: Readonly<Record<string, string | number>> = {}): Promise<JsonObject> {
    const { body } = await this.send('GET', path, [200], { query });
    const list = this.requireObject(body, 'the response is not a ListResponse');
    this.require(toList(list['schemas']).includes(LIST_URN), 'the response is not a ListResponse');
    return list;
  }

  async find(collection: Collection, path: string, value: string): Promise<readonly Json[]> {
    const list = await this.list(collection, { filter: toEqualFilter(path, value) });
    return toList(list['Resources']);
  }

  /** @throws CheckFailed unless the search finds this resource and no other */
  async requireFound(collection: Collection, id: string, path: string, value: string): Promise<JsonObject> {
    const found = await this.find(collection, path, value);
    this.require(found.length === 1, `${path} eq "${value}" finds ${found.length} resources instead of one`);
    const one = this.requireObject(found[0], 'the response contains no resource');
    this.require(one['id'] === id, `${path} eq "${value}" finds another resource`);
    return one;
  }

  /** @throws CheckFailed unless every value is stored as sent */
  requireValues(resource: Json | undefined, values: Values): void {
    for (const [path, value] of Object.entries(values)) {
      const stored = valueAt(resource, path);
      this.require(isExactValue(value, stored), `${path} is ${show(stored)} instead of ${show(value)}`);
    }
  }

  /** @throws CheckFailed unless each attribute is absent, null or empty */
  requireEmpty(resource: Json | undefined, attributes: readonly SampleAttribute[]): void {
    for (const { path } of attributes) {
      const stored = valueAt(resource, path);
      const isEmpty = stored === undefined || stored === null || stored === '';
      this.require(isEmpty, `${path} is still ${show(stored)}`);
    }
  }

  /** @throws CheckFailed unless these are the members, in any order */
  async requireMembers(groupId: string, ...ids: readonly string[]): Promise<void> {
    const group = await this.read('/Groups', groupId);
    this.require(toList(group['members']).every(isObject), 'the members are not objects');
    const found = memberIds(group);
    const isSame = found.length === ids.length && ids.every((id) => found.includes(id));
    this.require(isSame, `the members are [${found.join(', ')}] instead of [${ids.join(', ')}]`);
  }
}

/** The body of a POST that creates an active user. */
export function toActiveUserBody(userName: string, values: Values): JsonObject {
  return toUserBody({ userName, active: true, ...values });
}

/** A value as shown in the reason of a failure. */
export function show(value: Json | undefined): string {
  return value === undefined ? 'absent' : JSON.stringify(value);
}
