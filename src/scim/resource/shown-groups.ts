import type { StoredGroup } from '../../domain/group/group-row.js';
import type { JsonObject, JsonValue } from '../../domain/json.js';
import { MemberReader } from '../../domain/membership/member-reader.js';
import { FEW_MEMBERS, findGroupsWithMembers } from '../../domain/membership/membership-queries.js';
import { ScimError } from '../errors.js';
import type { ScimRequest } from './exchange.js';
import { toGroupResource, toMemberResource } from './group-resource.js';
import { JsonText, withList, withTexts } from './json-text.js';
import type { ListResponse } from './list-response.js';
import type { Projection } from './projection.js';

/*
 * Groups in responses that show their members. Few members, as most groups have, are read together with their groups, in
 * one statement. Many are read and written bit by bit, as of one moment: so an answer holds up nobody else, takes no more
 * memory for a large group than for a small one, and a group in it is always the one that its version names.
 */

/** A group as a response shows it. */
export interface ShownGroup {
  readonly group: StoredGroup;
  readonly body: JsonObject | JsonText;
}

/** Reads one group with its members; undefined when it is not there. */
export async function showGroup(
  { em, actor: { directoryId }, baseUrl }: ScimRequest,
  projection: Projection,
  id: string,
): Promise<ShownGroup | undefined> {
  const [found] = await findGroupsWithMembers(em, directoryId, [id]);
  if (!found) return undefined;
  const { group, members } = found;
  if (members) return { group, body: projection.apply(toGroupResource(group, members, baseUrl)) };
  const reader = await MemberReader.open(em, directoryId, [id]);
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
 * @param found the groups, as the search found them
 * @param toList makes the list of what is still there; of many members it sees none
 * @throws ScimError 400 tooMany for more members than a list shows
 */
export async function showGroups(
  { em, actor: { directoryId }, baseUrl, limits }: ScimRequest,
  projection: Projection,
  found: readonly StoredGroup[],
  toList: (resources: readonly JsonObject[]) => ListResponse,
): Promise<JsonObject | JsonText> {
  const ids = found.map(({ id }) => id);
  const count = found.reduce((sum, { memberCount }) => sum + memberCount, 0);
  refuseTooManyMembers(count, limits.responseMembers);
  if (count <= FEW_MEMBERS) {
    const groups = await findGroupsWithMembers(em, directoryId, ids);
    const resources = new Map(
      groups.map(({ group, members }) => [group.id, members && toGroupResource(group, members, baseUrl)]),
    );
    // Unless one of them has grown in this very moment.
    if (groups.every(({ members }) => members)) {
      const present = ids.map((id) => resources.get(id)).filter((resource) => resource !== undefined);
      return toList(present.map((resource) => projection.apply(resource)));
    }
  }
  const reader = await MemberReader.open(em, directoryId, ids);
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
