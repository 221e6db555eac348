import { setTimeout as sleep } from 'node:timers/promises';
import type { Copy, LoadWriter } from './copy.ts';
import { Refused, ReloadRequired } from './errors.ts';
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

const INITIAL_DELAY = 500;
const MAX_DELAY = 30_000;

export interface MirrorOptions {
  readonly portico: Portico;
  readonly copy: Copy;
  /** The slug of the directory. Required only with an admin token. */
  readonly directory: string | undefined;
  readonly log: (line: string) => void;
}

/**
 * Keeps the copy in sync for as long as the program runs.
 *
 * @throws Refused if the service rejects a request; all other errors cause a retry
 */
export async function mirror(options: MirrorOptions): Promise<never> {
  const { portico, copy, directory, log } = options;
  for (let failures = 0; ; failures++) {
    const started = performance.now();
    try {
      if (!copy.position) await load(options);
      const after = await catchUp(options);
      log('In sync; following');
      for await (const events of follow(portico, { directory, after })) {
        copy.apply(events);
        log(`Up to event ${copy.position?.last}`);
      }
    } catch (error) {
      if (error instanceof Refused) throw error;
      log(error instanceof Error ? error.message : String(error));
      if (error instanceof ReloadRequired) copy.clearPosition();
    }
    if (performance.now() - started > MAX_DELAY) failures = 0;
    // The delay is random, so that clients do not all reconnect at once when the service is available again.
    await sleep(Math.min(MAX_DELAY, INITIAL_DELAY * 2 ** failures) * (0.5 + Math.random() / 2));
  }
}

/**
 * Reads everything. The cursor is read first, so that the events after it cover all changes made while the pages are
 * read. Applying a change that a page already contains is harmless.
 */
async function load(options: MirrorOptions): Promise<void> {
  const { eventCursor, name } = await ask(options, StartDocument, {});
  options.log(`Loading ${name}`);
  await options.copy.load(eventCursor, async (writer) => {
    await loadUsers(options, writer);
    await loadGroups(options, writer);
  });
}

async function loadUsers(options: MirrorOptions, writer: LoadWriter): Promise<void> {
  let count = 0;
  for (let after: string | null | undefined; after !== null;) {
    const { users } = await ask(options, UsersDocument, { after });
    for (const user of users.nodes) writer.putUser(user);
    count += users.nodes.length;
    after = nextPage(users);
  }
  options.log(`${count} users loaded`);
}

async function loadGroups(options: MirrorOptions, writer: LoadWriter): Promise<void> {
  let count = 0;
  for (let after: string | null | undefined; after !== null;) {
    const { groups } = await ask(options, GroupsDocument, { after });
    for (const { members, ...group } of groups.nodes) {
      writer.putGroup(group);
      let page: MemberFieldsFragment | undefined = members;
      while (page) {
        for (const member of page.nodes) writer.addMember(group.id, member.id);
        const rest = nextPage(page);
        page = rest === null ? undefined : await readMembers(options, group.id, rest);
      }
    }
    count += groups.nodes.length;
    after = nextPage(groups);
  }
  options.log(`${count} groups loaded`);
}

/** Reads a further page of members. Returns undefined if the group was deleted in the meantime. */
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
    const after = options.copy.position?.cursor;
    if (after === undefined) throw new ReloadRequired('The copy is not loaded');
    const { events } = await ask(options, EventsDocument, { after });
    options.copy.apply(events.nodes);
    if (!events.pageInfo.hasNextPage) return options.copy.position?.cursor ?? after;
  }
}

/** Queries the directory. Throws Refused if the token has no access to it. */
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
