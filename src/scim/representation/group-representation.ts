import type { StoredGroup } from '../../domain/group/group-row.js';
import type { JsonObject, JsonValue } from '../../domain/kernel/json.js';
import { MemberReader } from '../../domain/membership/member-reader.js';
import { FEW_MEMBERS, findGroupsWithMembers } from '../../domain/membership/membership-queries.js';
import { ScimError } from '../protocol/errors.js';
import type { ScimRequest } from '../protocol/endpoint.js';
import { toGroupResource, toMemberResource } from './group-resource.js';
import { JsonText, withList, withTexts } from '../protocol/json-stream.js';
import type { ListResponse } from './list-response.js';
import type { Projection } from './projection.js';

/*
 * Represents groups with their members. If there are few members, as in most groups, one statement reads them together
 * with the groups. Otherwise they are read from a snapshot and written in chunks: such a response does not block other
 * requests, needs no more memory for a large group than for a small one, and contains exactly the members of the
 * version that it names.
 */

/** A group and its representation. */
export interface GroupRepresentation {
  readonly resource: StoredGroup;
  readonly body: JsonObject | JsonText;
}

/** Reads one group with its members; undefined if the directory has no group with the id. */
export async function readGroupRepresentation(
  { store, actor: { directoryId }, baseUrl }: ScimRequest,
  projection: Projection,
  id: string,
): Promise<GroupRepresentation | undefined> {
  const [found] = await findGroupsWithMembers(store, directoryId, [id]);
  if (!found) return undefined;
  const { group, members } = found;
  if (members) return { resource: group, body: projection.apply(toGroupResource(group, members, baseUrl)) };
  const reader = await MemberReader.open(store, directoryId, [id]);
  const [read] = reader.groups;
  if (!read) {
    await reader.close();
    return undefined;
  }
  const head = projection.apply(toGroupResource(read, undefined, baseUrl));
  const pieces = withList(head, 'members', representMembers(reader, read, projection, baseUrl));
  return { resource: read, body: new JsonText(pieces, () => reader.close()) };
}

/**
 * Reads groups with their members for a list.
 *
 * @param found the groups as the search returned them
 * @param toList builds the list of the groups that still exist, without their members if these are streamed
 * @throws ScimError 400 tooMany if the groups have more members than a list may have
 */
export async function readGroupRepresentations(
  { store, actor: { directoryId }, baseUrl, limits }: ScimRequest,
  projection: Projection,
  found: readonly StoredGroup[],
  toList: (resources: readonly JsonObject[]) => ListResponse,
): Promise<JsonObject | JsonText> {
  const ids = found.map(({ id }) => id);
  const count = found.reduce((sum, { memberCount }) => sum + memberCount, 0);
  assertMemberCount(count, limits.responseMembers);
  if (count <= FEW_MEMBERS) {
    const groups = await findGroupsWithMembers(store, directoryId, ids);
    const resources = new Map(
      groups.map(({ group, members }) => [group.id, members && toGroupResource(group, members, baseUrl)]),
    );
    // A group may have grown since it was found; then its members were not read.
    if (groups.every(({ members }) => members)) {
      const present = ids.map((id) => resources.get(id)).filter((resource) => resource !== undefined);
      return toList(present.map((resource) => projection.apply(resource)));
    }
  }
  const reader = await MemberReader.open(store, directoryId, ids);
  const groups = new Map(
    reader.groups.map((group) => [projection.apply(toGroupResource(group, undefined, baseUrl)), group]),
  );
  const { Resources, ...list } = toList([...groups.keys()]);
  const texts = Resources.map((resource) => {
    const group = groups.get(resource);
    return group
      ? withList(resource, 'members', representMembers(reader, group, projection, baseUrl))
      : JSON.stringify(resource);
  });
  return new JsonText(withTexts(list, 'Resources', texts), () => reader.close());
}

async function* representMembers(
  reader: MemberReader,
  group: StoredGroup,
  projection: Projection,
  baseUrl: string,
): AsyncGenerator<readonly JsonValue[], void, undefined> {
  for await (const members of reader.membersOf(group)) {
    const shown = projection.apply({ members: members.map((member) => toMemberResource(member, baseUrl)) })['members'];
    yield Array.isArray(shown) ? (shown as readonly JsonValue[]) : [];
  }
}

function assertMemberCount(count: number, limit: number): void {
  if (count <= limit) return;
  const detail =
    `The groups of this response have ${count} members in total, but a list response may have at most ${limit}. ` +
    'Request fewer groups, or set excludedAttributes=members';
  throw new ScimError(400, detail, 'tooMany');
}
