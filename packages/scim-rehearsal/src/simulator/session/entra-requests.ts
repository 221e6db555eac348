import { ENTERPRISE_URN, GROUP_URN, USER_URN, assignValue, valueAt, type Draft } from '../../client/attribute-path.js';
import { toPatchBody, type Operation } from '../dialect/patch-writer.js';
import type { ScimResponse, Initiator } from '../../client/exchange.js';
import type { RuleId } from '../rules/finding.js';
import { isObject, toList, toText, type Json } from '../../client/json.js';
import type { Collection } from './expected-state.js';
import type { Values } from '../../profile/personas.js';
import { matchingRows } from '../../profile/profile.js';
import type { RequestOptions } from '../../client/scim-client.js';
import { summarizeResponse } from '../../client/summarize-response.js';
import { SkipObject, AbortRun } from './run-errors.js';
import type { Session } from './session.js';

/** Entra adds it to every group it creates; no SCIM server knows it. */
const ADSCIM_GROUP_URN = 'http://schemas.microsoft.com/2006/11/ResourceManagement/ADSCIM/2.0/Group';

/** A filter of the only kind that Entra sends: `eq`, with a JSON string as its literal (RFC 7644 §3.4.2.2). */
export function equals(path: string, value: Json): string {
  return `${path} eq ${JSON.stringify(value)}`;
}

/** What a search found; undefined when the answer is no list at all. */
export function toResources(body: Json | undefined): readonly Json[] | undefined {
  if (Array.isArray(body)) return body as readonly Json[];
  if (!isObject(body)) return undefined;
  if (Array.isArray(body['Resources'])) return toList(body['Resources']);
  return body['totalResults'] === 0 ? [] : undefined;
}

/** An empty id is none: under it a DELETE would name the whole collection. */
export function idOf(resource: Json | undefined): string | undefined {
  const id = isObject(resource) ? resource['id'] : undefined;
  return (typeof id === 'string' && id !== '') || typeof id === 'number' ? String(id) : undefined;
}

/** The ids of a group's members. */
export function memberIds(group: Json | undefined): string[] {
  const members = toList(isObject(group) ? group['members'] : undefined);
  return members.map((member) => (isObject(member) ? toText(member['value']) : toText(member)));
}

/** The body with which Entra creates a user: roles and schemas are there even when nothing of them follows. */
export function toUserBody(session: Session, values: Values): Draft {
  const body: Draft = {
    schemas: session.avoid.has('enterprise-schema') ? [USER_URN] : [USER_URN, ENTERPRISE_URN],
    ...(session.avoid.has('empty-roles') ? {} : { roles: [] }),
    meta: { resourceType: 'User' },
  };
  for (const [path, value] of Object.entries(values)) assignValue(body, path, value);
  return body;
}

/** The body with which Entra creates a group: without members. */
export function toGroupBody(session: Session, values: Values): Draft {
  const schemas = session.avoid.has('group-schema') ? [GROUP_URN] : [GROUP_URN, ADSCIM_GROUP_URN];
  const body: Draft = { schemas, meta: { resourceType: 'Group' } };
  for (const [path, value] of Object.entries(values)) assignValue(body, path, value);
  return body;
}

/** Posts a body as it is, and notes what may have been made of it, whatever comes back. */
export async function post(
  session: Session,
  collection: Collection,
  body: Draft,
  by: Initiator = 'entra',
  step = collection === '/Users' ? 'create user' : 'create group',
): Promise<ScimResponse> {
  const { ledger } = session;
  const unknown = { collection, id: undefined, name: toText(body['userName'] ?? body['displayName']) };
  try {
    const response = await session.send('POST', collection, { body, step, by });
    if (response.status < 300) ledger.noteMade({ ...unknown, id: idOf(response.body) });
    return response;
  } catch (error) {
    if ((error instanceof SkipObject || error instanceof AbortRun) && error.isUnanswered) ledger.noteMade(unknown);
    throw error;
  }
}

export function patch(
  session: Session,
  collection: Collection,
  id: string,
  operations: readonly Operation[],
  step: string,
  by: Initiator = 'entra',
): Promise<ScimResponse> {
  const groupId = collection === '/Groups' && !session.avoid.has('extra-keys') ? id : undefined;
  return session.send('PATCH', pathOf(collection, id), { body: toPatchBody(operations, groupId), step, by });
}

/** Reads a user or group; a group without its members, as Entra does, or with them for a check. */
export function read(
  session: Session,
  collection: Collection,
  id: string,
  by: Initiator = 'check',
  query: RequestOptions['query'] = {},
): Promise<ScimResponse> {
  const step = collection === '/Users' ? 'read user' : 'read group';
  return session.send('GET', pathOf(collection, id), { query, step, by });
}

/** What is held under an id now. @throws SkipObject when it cannot be read, after the rule was told */
export async function getStored(session: Session, collection: Collection, id: string, rule?: RuleId): Promise<Json> {
  return (await getStoredResponse(session, collection, id, rule)).body ?? null;
}

/** The answer with what is held under an id now. @throws SkipObject when it cannot be read, after the rule was told */
export async function getStoredResponse(
  session: Session,
  collection: Collection,
  id: string,
  rule: RuleId = collection === '/Users' ? 'user-unreadable' : 'group-unreadable',
): Promise<ScimResponse> {
  const response = await read(session, collection, id);
  return session.accept(response, rule, collection === '/Users' ? 'read user' : 'read group', [200]);
}

/** Reads an object as Entra does before it changes it. @throws SkipObject when it cannot be read, after the rule was told */
export async function readBeforeChange(session: Session, collection: Collection, id: string): Promise<void> {
  const isUser = collection === '/Users';
  const response = await read(session, collection, id, 'entra', isUser ? {} : { excludedAttributes: 'members' });
  session.accept(response, isUser ? 'user-unreadable' : 'group-unreadable', isUser ? 'read user' : 'read group', [200]);
}

export function remove(
  session: Session,
  collection: Collection,
  id: string,
  by: Initiator = 'entra',
): Promise<ScimResponse> {
  const step = collection === '/Users' ? 'delete user' : 'delete group';
  return session.send('DELETE', pathOf(collection, id), { step, by });
}

/** A search as Entra sends it: groups without their members. */
export function search(
  session: Session,
  collection: Collection,
  filter: string,
  { step, by = 'entra', attributes }: { step: string; by?: Initiator; attributes?: string },
): Promise<ScimResponse> {
  const excluded = collection === '/Groups' && attributes === undefined ? { excludedAttributes: 'members' } : {};
  const query = { ...excluded, filter, ...(attributes === undefined ? {} : { attributes }) };
  return session.send('GET', collection, { query, step, by });
}

/** What a search by matching attributes came to. */
export interface MatchResult {
  /** Those that really have the value. */
  readonly found: readonly Json[];
  /** The last answer, which found them or nobody; undefined where there was no value to ask for. */
  readonly response: ScimResponse | undefined;
}

/**
 * Looks for an object by its matching attributes, one after the other, as Entra does before it creates or changes one.
 *
 * Who is found without having the value is told as such.
 *
 * @throws SkipObject when the search fails
 */
export async function match(
  session: Session,
  collection: Collection,
  values: Values,
  by: Initiator = 'entra',
): Promise<MatchResult> {
  const isUser = collection === '/Users';
  const step = isUser ? 'match user' : 'match group';
  let last: ScimResponse | undefined;
  for (const { path } of matchingRows(isUser ? session.profile.users : session.profile.groups)) {
    const value = values[path];
    if (value === undefined) continue;
    const response = await search(session, collection, equals(path, value), { step, by });
    last = response;
    const found = toFound(session, response, step, isUser);
    const same = found.filter((one) => isAlike(valueAt(one, path), value));
    if (same.length < found.length) {
      const expected = `only who has ${equals(path, value)}`;
      session.report(
        'filter-ignored',
        response,
        step,
        expected,
        `${found.length} found, ${same.length} of them with that value`,
      );
    }
    if (!isUser && found.some((one) => isObject(one) && toList(one['members']).length > 0)) {
      session.report('excluded-members-shown', response, step, 'no members', 'members in the answer');
    }
    if (same.length > 0) return { found: same, response };
  }
  return { found: [], response: last };
}

/** What an answer to a search lists; one that is no list, or a 404 for nobody, is told. @throws SkipObject */
function toFound(session: Session, response: ScimResponse, step: string, isUser: boolean): readonly Json[] {
  if (response.status === 404 && response.content !== 'html') {
    session.report('no-match-is-404', response, step, '200 and an empty list');
    return [];
  }
  session.accept(response, isUser ? 'user-search-refused' : 'group-search-refused', step, [200]);
  const found = toResources(response.body);
  if (!found || Array.isArray(response.body)) {
    session.report('not-a-list', response, step, 'a ListResponse', found ? 'a bare list' : summarizeResponse(response));
  }
  if (!found) throw new SkipObject();
  return found;
}

/** Entra compares what it matches by without case. */
function isAlike(stored: Json | undefined, value: Json): boolean {
  return stored !== undefined && toText(stored).toLowerCase() === toText(value).toLowerCase();
}

/** What makes every later search of the kind prove nothing more. */
const BROKEN_SEARCHES: Readonly<Record<Collection, readonly RuleId[]>> = {
  '/Users': ['user-search-refused', 'user-not-found', 'search-stops-early'],
  '/Groups': ['group-search-refused', 'group-not-found'],
};

/** False once searches are known to miss what is there. */
export function canSearch({ findings }: Session, collection: Collection): boolean {
  return !BROKEN_SEARCHES[collection].some((rule) => findings.has(rule));
}

/** Whether a reference is there, asked as Entra asks before it writes one: by id and reference together. */
export async function hasReference(
  session: Session,
  collection: Collection,
  id: string,
  attribute: string,
  value: string,
  by: Initiator = 'entra',
): Promise<{ readonly response: ScimResponse; readonly isThere: boolean | undefined }> {
  const filter = `${equals('id', id)} and ${equals(attribute, value)}`;
  const response = await search(session, collection, filter, { step: 'check reference', by, attributes: 'id' });
  // That nobody is there may be said so; it was told.
  if (response.status === 404 && session.findings.has('no-match-is-404')) return { response, isThere: false };
  const found = response.status === 200 ? toResources(response.body) : undefined;
  return { response, isThere: found?.some((one) => idOf(one) === id) };
}

function pathOf(collection: Collection, id: string): string {
  return `${collection}/${encodeURIComponent(id)}`;
}
