import { valueAt } from '../../client/attribute-path.js';
import type { Initiator, ScimResponse } from '../../client/exchange.js';
import { isObject, toList, toText, type Json } from '../../client/json.js';
import type { Values } from '../../client/resource-body.js';
import { idOf, toEqualFilter, toResources, type Collection } from '../../client/resource.js';
import { summarizeResponse } from '../../client/summarize-response.js';
import { matchingRows } from '../../profile/profile.js';
import type { RuleId } from '../rules/finding.js';
import { search } from './entra-requests.js';
import { SkipObject } from './run-errors.js';
import type { Session } from './session.js';

/** The result of a search by matching attributes. */
export interface MatchResult {
  /** The resources that really have the value. */
  readonly found: readonly Json[];
  /** The last response; undefined if there was no value to search for. */
  readonly response: ScimResponse | undefined;
}

/**
 * Searches for an object by each of its matching attributes until one finds it, as Entra does before it creates or changes the
 * object. Resources in the response that do not have the value are reported.
 *
 * @throws SkipObject if the search fails
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
    const filter = toEqualFilter(path, value);
    const response = await search(session, collection, filter, { step, by });
    last = response;
    const listed = toListed(session, response, step, isUser);
    const found = listed.filter((one) => isMatch(valueAt(one, path), value));
    if (found.length < listed.length) {
      const seen = `${listed.length} resources, ${found.length} of them with this value`;
      session.report('filter-ignored', response, step, `only resources with ${filter}`, seen);
    }
    if (!isUser && listed.some((one) => isObject(one) && toList(one['members']).length > 0)) {
      session.report('excluded-members-shown', response, step, 'no members', 'members in the response');
    }
    if (found.length > 0) return { found, response };
  }
  return { found: [], response: last };
}

/**
 * The resources in the response to a search.
 *
 * @throws SkipObject after reporting that the response is not a list
 */
function toListed(session: Session, response: ScimResponse, step: string, isUser: boolean): readonly Json[] {
  if (response.status === 404 && response.content !== 'html') {
    session.report('no-match-is-404', response, step, '200 and an empty list');
    return [];
  }
  session.accept(response, isUser ? 'user-search-refused' : 'group-search-refused', step, [200]);
  const listed = toResources(response.body);
  if (!listed || Array.isArray(response.body)) {
    const seen = listed ? 'a bare array' : summarizeResponse(response);
    session.report('not-a-list', response, step, 'a ListResponse', seen);
  }
  if (!listed) throw new SkipObject();
  return listed;
}

/** Entra compares the values of matching attributes without regard to case. */
function isMatch(stored: Json | undefined, value: Json): boolean {
  return stored !== undefined && toText(stored).toLowerCase() === toText(value).toLowerCase();
}

/** The rules whose violation makes further searches inconclusive. */
const SEARCH_RULES: Readonly<Record<Collection, readonly RuleId[]>> = {
  '/Users': ['user-search-refused', 'user-not-found', 'search-stops-early'],
  '/Groups': ['group-search-refused', 'group-not-found'],
};

/** False once searches are known to miss existing resources. */
export function canSearch({ findings }: Session, collection: Collection): boolean {
  return !SEARCH_RULES[collection].some((rule) => findings.has(rule));
}

/**
 * Checks whether a resource has a reference, as Entra does before writing one: with a filter by id and reference.
 *
 * @returns `isThere`; undefined if the response does not indicate it
 */
export async function hasReference(
  session: Session,
  collection: Collection,
  id: string,
  attribute: string,
  value: string,
): Promise<{ readonly response: ScimResponse; readonly isThere: boolean | undefined }> {
  const filter = `${toEqualFilter('id', id)} and ${toEqualFilter(attribute, value)}`;
  const response = await search(session, collection, filter, { step: 'check reference', attributes: 'id' });
  // An endpoint known to answer 404 instead of an empty list has been reported.
  if (response.status === 404 && session.findings.has('no-match-is-404')) return { response, isThere: false };
  const listed = response.status === 200 ? toResources(response.body) : undefined;
  return { response, isThere: listed?.some((one) => idOf(one) === id) };
}
