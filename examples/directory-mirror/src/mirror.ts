import { setTimeout as sleep } from 'node:timers/promises';
import type { Copy, Filling } from './copy.ts';
import { Refused, StartAnew } from './errors.ts';
import {
  EventsDocument,
  GroupsDocument,
  MembersDocument,
  StartDocument,
  UsersDocument,
  type MemberFieldsFragment,
  type TypedDocumentString,
} from './operations.ts';
import { follow, query, type Portico } from './portico.ts';

const FIRST_WAIT = 500;
const LONGEST_WAIT = 30_000;

export interface MirrorOptions {
  readonly portico: Portico;
  readonly copy: Copy;
  /** The slug of the directory; only an admin token needs one. */
  readonly directory: string | undefined;
  readonly log: (line: string) => void;
}

/**
 * Keeps the copy in sync for as long as the program runs.
 *
 * @throws Refused when the service rejects us; all other errors lead to a retry
 */
export async function mirror(options: MirrorOptions): Promise<never> {
  const { portico, copy, directory, log } = options;
  for (let failures = 0; ; failures++) {
    const started = performance.now();
    try {
      if (!copy.place) await load(options);
      const after = await catchUp(options);
      log('In sync; following');
      for await (const events of follow(portico, { directory, after })) {
        copy.apply(events);
        log(`Up to event ${copy.place?.last}`);
      }
    } catch (error) {
      if (error instanceof Refused) throw error;
      log(error instanceof Error ? error.message : String(error));
      if (error instanceof StartAnew) copy.forgetPlace();
    }
    if (performance.now() - started > LONGEST_WAIT) failures = 0;
    // Random, so that readers do not all reconnect at once when the service is back.
    await sleep(Math.min(LONGEST_WAIT, FIRST_WAIT * 2 ** failures) * (0.5 + Math.random() / 2));
  }
}

/**
 * Reads everything. The cursor is read first, so that the events after it cover all changes made while the pages are read.
 * Applying a change that a page contains already does no harm.
 */
async function load(options: MirrorOptions): Promise<void> {
  const { eventCursor, name } = await ask(options, StartDocument, {});
  options.log(`Loading ${name}`);
  await options.copy.load(eventCursor, async (filling) => {
    await loadUsers(options, filling);
    await loadGroups(options, filling);
  });
}

async function loadUsers(options: MirrorOptions, filling: Filling): Promise<void> {
  let count = 0;
  for (let after: string | null | undefined; after !== null;) {
    const { users } = await ask(options, UsersDocument, { after });
    for (const user of users.nodes) filling.putUser(user);
    count += users.nodes.length;
    after = nextPage(users);
  }
  options.log(`${count} users loaded`);
}

async function loadGroups(options: MirrorOptions, filling: Filling): Promise<void> {
  let count = 0;
  for (let after: string | null | undefined; after !== null;) {
    const { groups } = await ask(options, GroupsDocument, { after });
    for (const { members, ...group } of groups.nodes) {
      filling.putGroup(group);
      let page: MemberFieldsFragment | undefined = members;
      while (page) {
        for (const member of page.nodes) filling.addMember(group.id, member.id);
        const rest = nextPage(page);
        page = rest === null ? undefined : await readMembers(options, group.id, rest);
      }
    }
    count += groups.nodes.length;
    after = nextPage(groups);
  }
  options.log(`${count} groups loaded`);
}

/** Reads a further page of members; undefined when the group was deleted in the meantime. */
async function readMembers(
  options: MirrorOptions,
  groupId: string,
  after: string,
): Promise<MemberFieldsFragment | undefined> {
  const { group } = await ask(options, MembersDocument, { groupId, after });
  return group?.members;
}

/** Applies the events after the current position, page by page. @returns the cursor to subscribe from */
async function catchUp(options: MirrorOptions): Promise<string> {
  for (;;) {
    const after = options.copy.place?.cursor;
    if (after === undefined) throw new StartAnew('The copy is not loaded');
    const { events } = await ask(options, EventsDocument, { after });
    options.copy.apply(events.nodes);
    if (!events.pageInfo.hasNextPage) return options.copy.place?.cursor ?? after;
  }
}

/** Queries the directory. Throws Refused when the token has no access to it. */
async function ask<Found, Variables extends { directory?: string | null | undefined }>(
  { portico, directory: slug }: MirrorOptions,
  operation: TypedDocumentString<{ directory: Found | null }, Variables>,
  variables: Omit<Variables, 'directory'>,
): Promise<Found> {
  const { directory } = await query(portico, operation, { ...variables, directory: slug } as Variables);
  if (!directory) throw new Refused(`The token has no access to a directory named ${slug}`);
  return directory;
}

function nextPage({ pageInfo }: { pageInfo: { hasNextPage: boolean; endCursor: string | null } }): string | null {
  return pageInfo.hasNextPage ? pageInfo.endCursor : null;
}
