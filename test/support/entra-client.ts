import { ScimClient, equals, type ScimAnswer, type ScimRequest, type Wire } from './scim-client.js';

/** A row of the mapping table of a gallery application: the attribute, and whether Entra may match users by it. */
export interface AttributeMapping {
  readonly path: string;
  readonly type: 'String' | 'Boolean' | 'Reference';
  readonly filterable?: boolean;
}

export interface Mapping {
  readonly product: string;
  readonly users: readonly AttributeMapping[];
  readonly groups: readonly AttributeMapping[];
}

/** Attribute values under the paths of a mapping table. */
export type Values = Readonly<Record<string, string | boolean>>;

/**
 * `default` writes `Replace`, a path for each attribute, and booleans as text; `aadOptscim062020` is the flag in the Tenant
 * URL that requests RFC 7644. It does not apply to on-demand provisioning, so a flagged tenant sends `both`.
 */
export type Dialect = 'default' | 'aadOptscim062020' | 'both';

/** The form of a removal of members: a list (with or without `$ref: null`) as `value`, or filters in the path. */
export type RemovalShape = 'list' | 'list with $ref' | 'path';

/** The form of `manager`: a bare id, an array at the bare path as in Microsoft's sample, or the object of RFC 7643. */
export type ManagerShape = 'string' | 'array' | 'object';

/** A request and its response. */
export interface Exchange {
  readonly method: string;
  readonly path: string;
  readonly request: unknown;
  readonly answer: ScimAnswer;
}

interface Operation {
  readonly name?: string;
  readonly op: string;
  readonly path?: string;
  readonly value?: unknown;
}

const USER_URN = 'urn:ietf:params:scim:schemas:core:2.0:User';
const GROUP_URN = 'urn:ietf:params:scim:schemas:core:2.0:Group';
const ENTERPRISE_URN = 'urn:ietf:params:scim:schemas:extension:enterprise:2.0:User';
/** Entra adds this URN to every group that it creates; SCIM servers do not know it. */
const ADSCIM_GROUP_URN = 'http://schemas.microsoft.com/2006/11/ResourceManagement/ADSCIM/2.0/Group';

/**
 * Simulates Entra's provisioning client: sends the requests, bodies and both PATCH dialects that Microsoft documents or that
 * issue reports show. Throws on a response that Entra could not process.
 */
export class EntraClient {
  readonly exchanges: Exchange[] = [];
  readonly #client: ScimClient;
  /** The values that Entra wrote last, by id: an attribute without a value is added, one with a value is replaced. */
  readonly #written = new Map<string, Values>();
  #patches = 0;

  constructor(
    readonly mapping: Mapping,
    readonly dialect: Dialect,
    tenantUrl: string,
    token: string,
  ) {
    this.#client = new ScimClient(tenantUrl, token);
  }

  /** Searches for a user that cannot exist; Test Connection succeeds only with an empty list. */
  async testConnection(): Promise<Wire> {
    const filter = equals('userName', crypto.randomUUID());
    return (await this.#send('GET', '/Users', [200], { query: { filter } })).body;
  }

  /** @returns the matching user, or undefined; throws if there are two, because Entra then skips the user */
  async matchUser(path: string, value: string | boolean): Promise<Wire> {
    return this.#single(await this.#send('GET', '/Users', [200], { query: { filter: equals(path, value) } }));
  }

  async readUser(id: string): Promise<Wire> {
    return (await this.#send('GET', `/Users/${id}`, [200])).body;
  }

  async userExists(id: string): Promise<boolean> {
    return (await this.#send('GET', `/Users/${id}`, [200, 404])).status === 200;
  }

  async createUser(values: Values): Promise<Wire> {
    const body: Wire = {
      schemas: [USER_URN, ENTERPRISE_URN],
      active: true,
      meta: { resourceType: 'User' },
      roles: [],
    };
    for (const [path, value] of Object.entries(values)) assignValue(body, path, value);
    const { body: created } = await this.#send('POST', '/Users', [201], { body });
    this.#written.set(created.id, values);
    return created;
  }

  /** Matches the user by userName, then creates it or changes the attributes that differ. @returns its id */
  async provisionUser(values: Values): Promise<string> {
    const found = await this.matchUser('userName', values['userName']!);
    if (!found) return (await this.createUser(values)).id as string;
    const differing = Object.entries(values).filter(([path, value]) => valueAt(found, path) !== value);
    if (differing.length > 0) await this.changeUser(found.id, Object.fromEntries(differing));
    return found.id as string;
  }

  async changeUser(id: string, changes: Values): Promise<void> {
    await this.#change('/Users', id, changes);
  }

  async disableUser(id: string): Promise<void> {
    await this.#setActive(id, false);
  }

  async enableUser(id: string): Promise<void> {
    await this.#setActive(id, true);
  }

  async deleteUser(id: string): Promise<void> {
    await this.#send('DELETE', `/Users/${id}`, [204]);
    this.#written.delete(id);
  }

  /** Returns whether the reference exists, which Entra checks before it writes one. */
  async hasManager(id: string, managerId: string): Promise<boolean> {
    const filter = `${equals('id', id)} and ${equals('manager', managerId)}`;
    return (
      this.#single(await this.#send('GET', '/Users', [200], { query: { filter, attributes: 'id' } })) !== undefined
    );
  }

  async setManager(id: string, managerId: string, shape: ManagerShape, op: 'Add' | 'Replace' = 'Add'): Promise<void> {
    const path = shape === 'array' ? 'manager' : `${ENTERPRISE_URN}:manager`;
    const reference = { value: managerId };
    const value = { string: managerId, array: [{ $ref: null, ...reference }], object: reference }[shape];
    await this.#patch('/Users', id, [{ op: this.#isFlagged() ? op.toLowerCase() : op, path, value }]);
  }

  /** Clears the manager: the validator replaces it with `""`, other clients remove the attribute. */
  async removeManager(id: string, by: 'Replace' | 'Remove'): Promise<void> {
    const operation = { op: this.#isFlagged() ? by.toLowerCase() : by, path: `${ENTERPRISE_URN}:manager` };
    await this.#patch('/Users', id, [by === 'Replace' ? { ...operation, value: '' } : operation]);
  }

  /** Matches a group. The response must not contain its members. */
  async matchGroup(displayName: string): Promise<Wire> {
    const query = { excludedAttributes: 'members', filter: equals('displayName', displayName) };
    return this.#withoutMembers(this.#single(await this.#send('GET', '/Groups', [200], { query })));
  }

  async readGroup(id: string): Promise<Wire> {
    const query = { excludedAttributes: 'members' };
    return this.#withoutMembers((await this.#send('GET', `/Groups/${id}`, [200], { query })).body);
  }

  async groupExists(id: string): Promise<boolean> {
    return (await this.#send('GET', `/Groups/${id}`, [200, 404])).status === 200;
  }

  async isMember(groupId: string, memberId: string): Promise<boolean> {
    const filter = `${equals('id', groupId)} and ${equals('members', memberId)}`;
    const query = { filter, attributes: 'id' };
    return this.#single(await this.#send('GET', '/Groups', [200], { query })) !== undefined;
  }

  async createGroup(values: Values): Promise<Wire> {
    const body = { schemas: [GROUP_URN, ADSCIM_GROUP_URN], ...values, meta: { resourceType: 'Group' } };
    const { body: created } = await this.#send('POST', '/Groups', [201], { body });
    this.#written.set(created.id, values);
    return created;
  }

  async provisionGroup(values: Values): Promise<string> {
    const found = await this.matchGroup(String(values['displayName']));
    return (found ?? (await this.createGroup(values))).id as string;
  }

  async changeGroup(id: string, changes: Values): Promise<void> {
    await this.#change('/Groups', id, changes);
  }

  /** Adds all members in a single PATCH, as Entra does in a cycle. */
  async addMembers(groupId: string, memberIds: readonly string[]): Promise<void> {
    const flagged = this.#isFlagged();
    const value = memberIds.map((id) => (flagged ? { value: id } : { $ref: null, value: id }));
    await this.#patch('/Groups', groupId, [
      flagged ? { op: 'add', path: 'members', value } : { name: 'addMember', op: 'Add', path: 'members', value },
    ]);
  }

  /** @param shape that of the dialect by default */
  async removeMembers(groupId: string, memberIds: readonly string[], shape?: RemovalShape): Promise<void> {
    const flagged = this.#isFlagged();
    await this.#patch('/Groups', groupId, toRemoval(memberIds, shape ?? (flagged ? 'path' : 'list'), flagged));
  }

  async deleteGroup(id: string): Promise<void> {
    await this.#send('DELETE', `/Groups/${id}`, [204]);
    this.#written.delete(id);
  }

  async #setActive(id: string, active: boolean): Promise<void> {
    await this.#change('/Users', id, { active });
  }

  async #change(collection: '/Users' | '/Groups', id: string, changes: Values): Promise<void> {
    const before = this.#written.get(id) ?? {};
    const operations = this.#isFlagged() ? toFlaggedOperations(before, changes) : toDefaultOperations(before, changes);
    await this.#patch(collection, id, operations);
    this.#written.set(id, { ...before, ...changes });
  }

  async #patch(collection: '/Users' | '/Groups', id: string, operations: readonly Operation[]): Promise<void> {
    const schemas = ['urn:ietf:params:scim:api:messages:2.0:PatchOp'];
    // According to reports, a PATCH of a group repeats the id of the group in its body.
    const body =
      collection === '/Groups' ? { schemas, id, Operations: operations } : { schemas, Operations: operations };
    const answer = await this.#send('PATCH', `${collection}/${id}`, [200, 204], { body });
    if (collection === '/Groups' && answer.status === 200) this.#withoutMembers(answer.body);
    this.#patches++;
  }

  /** Returns whether the flag applies. With `both`, every second PATCH is one of on-demand provisioning without the flag. */
  #isFlagged(): boolean {
    return this.dialect === 'aadOptscim062020' || (this.dialect === 'both' && this.#patches % 2 === 0);
  }

  #single({ body }: ScimAnswer): Wire {
    const { totalResults, Resources } = body;
    if (!Array.isArray(Resources) || totalResults !== Resources.length || totalResults > 1) {
      throw new Error(`DuplicateTargetEntries or not a ListResponse: ${JSON.stringify(body)}`);
    }
    return Resources[0];
  }

  #withoutMembers(group: Wire): Wire {
    if (group && 'members' in group) throw new Error(`Unexpected members: ${JSON.stringify(group)}`);
    return group;
  }

  async #send(method: string, path: string, expected: readonly number[], sent: ScimRequest = {}): Promise<ScimAnswer> {
    const answer = await this.#client.send(method, path, sent);
    this.exchanges.push({ method, path, request: sent.body ?? sent.query, answer });
    if (!expected.includes(answer.status)) {
      const request = `${method} ${path} ${JSON.stringify(sent.body ?? sent.query ?? {})}`;
      throw new Error(`${request} returned ${answer.status} ${JSON.stringify(answer.body)}`);
    }
    return answer;
  }
}

function toDefaultOperations(before: Values, changes: Values): Operation[] {
  return Object.entries(changes).map(([path, value]) => ({
    op: path in before ? 'Replace' : 'Add',
    path,
    value: typeof value === 'boolean' ? (value ? 'True' : 'False') : value,
  }));
}

/** Writes filtered paths as separate operations, and everything else as one replace without a path. */
function toFlaggedOperations(before: Values, changes: Values): Operation[] {
  const entries = Object.entries(changes);
  const active = changes['active'];
  if (entries.length === 1 && active !== undefined) return [{ op: 'replace', path: 'active', value: active }];
  const isSeparate = ([path]: [string, unknown]) => path.includes('[') || !(path in before);
  const rest = entries.filter((entry) => !isSeparate(entry));
  return [
    ...entries.filter(isSeparate).map(([path, value]) => ({ op: path in before ? 'replace' : 'add', path, value })),
    ...(rest.length > 0 ? [{ op: 'replace', value: Object.fromEntries(rest) }] : []),
  ];
}

function toRemoval(memberIds: readonly string[], shape: RemovalShape, flagged: boolean): Operation[] {
  const op = flagged ? 'remove' : 'Remove';
  switch (shape) {
    case 'list':
      return [{ op, path: 'members', value: memberIds.map((value) => ({ value })) }];
    case 'list with $ref':
      return [{ op, path: 'members', value: memberIds.map((value) => ({ $ref: null, value })) }];
    case 'path':
      return memberIds.map((id) => ({ op, path: `members[${equals('value', id)}]` }));
  }
}

interface Target {
  readonly urn?: string;
  readonly attribute: string;
  /** Identifies the element in a path with a filter; nearly always its type. */
  readonly where?: { readonly name: string; readonly value: string | boolean };
  readonly subAttribute?: string;
}

/**
 * Parses the path of a mapping, such as `emails[type eq "work"].value`, `roles[primary eq "True"].value`, `name.givenName`
 * or `urn:…:User:department`.
 */
function parseTarget(path: string): Target {
  const filtered = /^(\w+)\[(type|primary) eq "(\w+)"\]\.(\w+)$/.exec(path);
  if (filtered) {
    const [, attribute, name, text, subAttribute] = filtered as unknown as [string, string, string, string, string];
    return { attribute, where: { name, value: name === 'primary' ? text === 'True' : text }, subAttribute };
  }
  const colon = path.lastIndexOf(':');
  if (colon !== -1) return { urn: path.slice(0, colon), attribute: path.slice(colon + 1) };
  const [attribute, subAttribute] = path.split('.') as [string, string?];
  return subAttribute === undefined ? { attribute } : { attribute, subAttribute };
}

/** Returns the value of a resource at the path of a mapping, or undefined. */
export function valueAt(resource: Wire, path: string): Wire {
  const { urn, attribute, where, subAttribute } = parseTarget(path);
  const found = (urn === undefined ? resource : resource[urn])?.[attribute];
  if (subAttribute === undefined) return found;
  const element = where === undefined ? found : found?.find((one: Wire) => one[where.name] === where.value);
  return element?.[subAttribute];
}

function assignValue(body: Wire, path: string, value: string | boolean): void {
  const { urn, attribute, where, subAttribute } = parseTarget(path);
  const home = urn === undefined ? body : (body[urn] ??= {});
  if (subAttribute === undefined) home[attribute] = value;
  else if (where === undefined) (home[attribute] ??= {})[subAttribute] = value;
  else elementOf((home[attribute] ??= []), attribute, where)[subAttribute] = value;
}

function elementOf(elements: Wire[], attribute: string, { name, value }: NonNullable<Target['where']>): Wire {
  const found = elements.find((element) => element[name] === value);
  if (found) return found;
  const isFirstAddress = attribute === 'emails' && elements.length === 0;
  const created = isFirstAddress ? { primary: true, [name]: value } : { [name]: value };
  elements.push(created);
  return created;
}
