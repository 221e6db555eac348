import type { Draft } from '../../client/attribute-path.js';
import type { Initiator, ScimResponse } from '../../client/exchange.js';
import type { Json } from '../../client/json.js';
import { toPatchBody, type Operation } from '../../client/patch-body.js';
import { toGroupBody, toUserBody, type Values } from '../../client/resource-body.js';
import type { Collection } from '../../client/resource.js';
import type { RequestOptions } from '../../client/scim-client.js';
import type { RuleId } from '../rules/finding.js';
import type { Session } from './session.js';

/** The body with which Entra creates a user or group, without the deviations that the endpoint does not accept. */
export function toBody({ avoid }: Session, collection: Collection, values: Values): Draft {
  if (collection === '/Groups') return toGroupBody(values, { withAdscimSchema: !avoid.has('group-schema') });
  return toUserBody(values, {
    withEnterpriseSchema: !avoid.has('enterprise-schema'),
    withEmptyRoles: !avoid.has('empty-roles'),
  });
}

/** Creates a user or group. What is or may be created is recorded. */
export function post(
  session: Session,
  collection: Collection,
  body: Draft,
  by: Initiator = 'entra',
): Promise<ScimResponse> {
  const step = collection === '/Users' ? 'create user' : 'create group';
  return session.created.track(collection, body, () => session.send('POST', collection, { body, step, by }));
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

/**
 * Reads an object as it is stored.
 *
 * @param rule the rule that is violated if the object cannot be read
 * @throws SkipObject after reporting the violation
 */
export async function getStored(session: Session, collection: Collection, id: string, rule?: RuleId): Promise<Json> {
  return (await getStoredResponse(session, collection, id, rule)).body ?? null;
}

/** Like {@link getStored}, but returns the whole response. */
export async function getStoredResponse(
  session: Session,
  collection: Collection,
  id: string,
  rule: RuleId = collection === '/Users' ? 'user-unreadable' : 'group-unreadable',
): Promise<ScimResponse> {
  const response = await read(session, collection, id);
  return session.accept(response, rule, collection === '/Users' ? 'read user' : 'read group', [200]);
}

/**
 * Reads an object before changing it, as Entra does: a group without its members.
 *
 * @throws SkipObject after reporting that the object cannot be read
 */
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

/** Searches as Entra does: groups without their members. */
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

function pathOf(collection: Collection, id: string): string {
  return `${collection}/${encodeURIComponent(id)}`;
}
