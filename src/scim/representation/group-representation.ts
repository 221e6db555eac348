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
 * Groups with their members in responses. If there are few members, as in most groups, one statement reads them with
 * their groups. Otherwise they are streamed from one snapshot of the database: the response does not block others, a
 * large group takes no more memory than a small one, and the members match the version of the group.
 */

/** A group and its representation. */
export interface GroupRepresentation {
  readonly group: StoredGroup;
  readonly body: JsonObject | JsonText;
}

/** Reads one group with its members; undefined if it does not exist. */
export async function readGroupRepresentation(
  { store, actor: { directoryId }, baseUrl }: ScimRequest,
  projection: Projection,
  id: string,
): Promise<GroupRepresentation | undefined> {
  const [found] = await findGroupsWithMembers(store, directoryId, [id]);
  if (!found) return undefined;
  const { group, members } = found;
  if (members) return { group, body: projection.apply(toGroupResource(group, members, baseUrl)) };
  const reader = await MemberReader.open(store, directoryId, [id]);
  const [read] = reader.groups;
  if (!read) {
    await reader.close();
    return undefined;
  }
  const head = projection.apply(toGroupResource(read, undefined, baseUrl));
  const pieces = withList(head, 'members', showMembers(reader, read, projection, baseUrl));
  return { group: read, body: new JsonText(pieces, () => reader.close()) };
}

/**
 * Reads groups with their members for a list.
 *
 * @param found the groups that the search returned
 * @param toList builds the ListResponse of the groups that still exist; streamed members are added to it later
 * @throws ScimError 400 tooMany if the groups have more members than a list may contain
 */
export async function readGroupRepresentations(
  { store, actor: { directoryId }, baseUrl, limits }: ScimRequest,
  projection: Projection,
  found: readonly StoredGroup[],
  toList: (resources: readonly JsonObject[]) => ListResponse,
): Promise<JsonObject | JsonText> {
  const ids = found.map(({ id }) => id);
  const count = found.reduce((sum, { memberCount }) => sum + memberCount, 0);
  refuseTooManyMembers(count, limits.responseMembers);
  if (count <= FEW_MEMBERS) {
    const groups = await findGroupsWithMembers(store, directoryId, ids);
    const resources = new Map(
      groups.map(({ group, members }) => [group.id, members && toGroupResource(group, members, baseUrl)]),
    );
    // A group may have grown in the meantime; then the members are streamed.
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
      ? withList(resource, 'members', showMembers(reader, group, projection, baseUrl))
      : JSON.stringify(resource);
  });
  return new JsonText(withTexts(list, 'Resources', texts), () => reader.close());
}

async function* showMembers(
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

function refuseTooManyMembers(count: number, most: number): void {
  if (count <= most) return;
  const detail =
    `The groups of this response have ${count} members in total; a list shows at most ${most}. ` +
    'Use excludedAttributes=members, or request fewer groups at a time';
  throw new ScimError(400, detail, 'tooMany');
}
