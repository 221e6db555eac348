import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';

import { createTestDatabase, type TestDatabase } from '../support/database.js';
import { EntraClient, valueAt, type Dialect, type Mapping, type Values } from '../support/entra-client.js';
import { queryGraphQL, type GraphQLConnection, type Subscriber } from '../support/graphql-client.js';
import { ScimClient, type Wire } from '../support/scim-client.js';
import { startTestServer, type TestServer } from '../support/server.js';
import { readGraphState, readScimState } from './directory-state.js';
import { InterruptedReader, subscribeToDeprovisioned, subscribeToEvents } from './event-readers.js';
import { inventGroup, inventUser } from './people.js';
import { IDEO } from './products/ideo.js';
import { OFFICESPACE } from './products/officespace.js';
import { OLFEO_SAAS } from './products/olfeo-saas.js';
import { SOSAFE } from './products/sosafe.js';

const USERS = 50;
const GROUPS = 5;

interface Run {
  readonly mapping: Mapping;
  readonly dialect: Dialect;
  /** The query that is appended to the Tenant URL. */
  readonly flag: string;
}

const RUNS = [OLFEO_SAAS, SOSAFE, IDEO, OFFICESPACE].flatMap((mapping): Run[] => [
  { mapping, dialect: 'default', flag: '' },
  { mapping, dialect: 'aadOptscim062020', flag: '?aadOptscim062020' },
  { mapping, dialect: 'both', flag: '/?aadOptscim062020' },
]);

interface Deprovisioned {
  readonly userId: string;
  readonly userName: string;
  readonly externalId: string | null;
  readonly reason: 'DEACTIVATED' | 'DELETED';
  readonly groupIds: readonly string[];
}

/** The expected content of the directory, updated with each step. */
class Expected {
  /** The ids in the order of creation. */
  readonly userIds: string[] = [];
  readonly groupIds: string[] = [];
  readonly users = new Map<string, Values>();
  readonly groups = new Map<string, { values: Values; readonly members: Set<string> }>();
  readonly deprovisioned: Deprovisioned[] = [];

  groupsOf(userId: string): string[] {
    return [...this.groups]
      .filter(([, { members }]) => members.has(userId))
      .map(([id]) => id)
      .toSorted();
  }

  change(userId: string, changes: Values): void {
    this.users.set(userId, { ...this.users.get(userId)!, ...changes });
  }

  deprovision(userId: string, reason: Deprovisioned['reason']): void {
    const { userName, externalId = null } = this.users.get(userId)! as Record<string, string>;
    this.deprovisioned.push({ userId, userName: userName!, externalId, reason, groupIds: this.groupsOf(userId) });
  }
}

let database: TestDatabase;
let server: TestServer;
/** Another server on the same database, which executes no commands but delivers the same events from the log. */
let replica: TestServer;

beforeAll(async () => {
  database = await createTestDatabase();
  server = await startTestServer({ databaseUrl: database.url });
  replica = await startTestServer({ databaseUrl: database.url });
});

afterAll(async () => {
  await Promise.all([server.stop(), replica.stop()]);
  await database.drop();
});

describe.each(RUNS)('$mapping.product provisioned in the dialect $dialect', ({ mapping, dialect, flag }) => {
  const expected = new Expected();
  let entra: EntraClient;
  let scim: ScimClient;
  let graph: GraphQLConnection;
  let elsewhere: GraphQLConnection;
  let deprovisioned: Subscriber;
  let events: Subscriber;
  let interrupted: InterruptedReader;

  beforeAll(async () => {
    const directory = await server.createDirectory();
    entra = new EntraClient(mapping, dialect, directory.scimUrl + flag, directory.scimToken);
    scim = new ScimClient(directory.scimUrl, directory.scimToken);
    graph = { url: server.url, token: directory.graphqlToken };
    elsewhere = { url: replica.url, token: directory.graphqlToken };
    deprovisioned = subscribeToDeprovisioned(graph);
    events = subscribeToEvents(graph);
    interrupted = new InterruptedReader([graph, elsewhere], 23);
  });

  afterAll(async () => {
    await Promise.all([deprovisioned.close(), events.close(), interrupted.close()]);
  });

  const userId = (n: number) => expected.userIds[n]!;
  const groupId = (n: number) => expected.groupIds[n]!;

  async function expectUser(id: string): Promise<void> {
    const user = await entra.readUser(id);
    for (const [path, value] of Object.entries(expected.users.get(id)!)) {
      expect([path, valueAt(user, path)]).toEqual([path, value]);
    }
    const groups = (user.groups ?? []).map((group: Wire) => group.value as string);
    expect(groups.toSorted()).toEqual(expected.groupsOf(id));
  }

  async function expectGroup(id: string): Promise<void> {
    const { values, members } = expected.groups.get(id)!;
    expect(await entra.readGroup(id)).toMatchObject({ id, ...values });
    const group = (await scim.get(`/Groups/${id}`)).body;
    const ids = (group.members ?? []).map((member: Wire) => member.value as string);
    expect(ids.toSorted()).toEqual([...members].toSorted());
  }

  async function head(): Promise<string> {
    return (await queryGraphQL(graph, '{ directory { eventCursor } }')).directory.eventCursor as string;
  }

  test('Test Connection gets an empty list', async () => {
    expect(await entra.testConnection()).toMatchObject({ totalResults: 0, Resources: [] });
  });

  test('the initial cycle creates the users, then the groups, then their members', async () => {
    for (let n = 0; n < USERS; n++) {
      const values = inventUser(mapping, n);
      const id = await entra.provisionUser(values);
      expected.userIds.push(id);
      expected.users.set(id, values);
    }
    for (let n = 0; n < GROUPS; n++) {
      const values = inventGroup(mapping, n);
      const id = await entra.provisionGroup(values);
      expected.groupIds.push(id);
      expected.groups.set(id, { values, members: new Set() });
    }
    for (let g = 0; g < GROUPS; g++) {
      const members = expected.userIds.filter((_id, n) => n % GROUPS === g || n % 3 === g);
      expect(await entra.isMember(groupId(g), members[0]!)).toBe(false);
      await entra.addMembers(groupId(g), members);
      expect(await entra.isMember(groupId(g), members[0]!)).toBe(true);
      for (const id of members) expected.groups.get(groupId(g))!.members.add(id);
    }
    expect(new Set(expected.userIds).size).toBe(USERS);
  });

  test('every value is returned as it was sent', async () => {
    for (const id of expected.userIds) await expectUser(id);
    for (const id of expected.groupIds) await expectGroup(id);
  });

  test('users and groups are found by every attribute that Entra may filter by', async () => {
    const paths = mapping.users
      .filter(
        ({ path, filterable }) => filterable === true || ['externalId', 'emails[type eq "work"].value'].includes(path),
      )
      .map(({ path }) => path);
    expect(paths).toEqual(expect.arrayContaining(['userName', 'emails[type eq "work"].value']));
    for (const path of paths) {
      for (let n = 0; n < USERS; n += 5) {
        const found = await entra.matchUser(path, expected.users.get(userId(n))![path]!);
        expect([path, n, found?.id]).toEqual([path, n, userId(n)]);
      }
    }
    for (const [id, { values }] of expected.groups) {
      expect(await entra.matchGroup(String(values['displayName']))).toMatchObject({ id });
    }
  });

  test('a full cycle without changes writes nothing', async () => {
    const before = await head();
    for (let n = 0; n < USERS; n += 10) {
      expect(await entra.provisionUser(inventUser(mapping, n))).toBe(userId(n));
      await entra.changeUser(userId(n), inventUser(mapping, n));
    }
    expect(await entra.provisionGroup(inventGroup(mapping, 0))).toBe(groupId(0));
    await entra.addMembers(groupId(0), [userId(0), userId(5)]);
    expect(await head()).toBe(before);
  });

  test('renames and changes of every attribute are applied', async () => {
    for (let n = 0; n < 12; n++) {
      const { userName, ...changes } = inventUser(mapping, n, 2);
      const all = n < 4 ? { userName: userName!, ...changes } : changes;
      await entra.changeUser(userId(n), all);
      expected.change(userId(n), all);
      await expectUser(userId(n));
      if (n < 4) expect(await entra.matchUser('userName', userName!)).toMatchObject({ id: userId(n) });
    }
    // A single attribute, the usual change between two full cycles.
    for (const [n, { path }] of mapping.users.entries()) {
      const change = { [path]: inventUser(mapping, 12 + n, 3)[path]! };
      await entra.changeUser(userId(12 + n), change);
      expected.change(userId(12 + n), change);
      await expectUser(userId(12 + n));
    }
    const rename = inventGroup(mapping, 1, 2);
    await entra.changeGroup(groupId(1), rename);
    expected.groups.get(groupId(1))!.values = rename;
    expect(await entra.matchGroup(String(rename['displayName']))).toMatchObject({ id: groupId(1) });
    expect(await entra.matchGroup(String(inventGroup(mapping, 1)['displayName']))).toBeUndefined();
    await expectGroup(groupId(1));
  });

  test('members are removed by every form of a removal and added in batches', async () => {
    const { members } = expected.groups.get(groupId(0))!;
    const remove = async (ids: readonly string[], shape?: 'list' | 'list with $ref' | 'path') => {
      await entra.removeMembers(groupId(0), ids, shape);
      for (const id of ids) members.delete(id);
      await expectGroup(groupId(0));
    };
    const present = [...members];
    await remove(present.slice(0, 1), 'list');
    await remove(present.slice(1, 2), 'list with $ref');
    await remove(present.slice(2, 3), 'path');
    await remove(present.slice(3, 6));
    await remove(present.slice(6, 9), 'list with $ref');
    const back = [...present.slice(0, 4), userId(1), userId(2)];
    await entra.addMembers(groupId(0), back);
    for (const id of back) members.add(id);
    await expectGroup(groupId(0));
    expect(await entra.isMember(groupId(0), userId(2))).toBe(true);
    expect(await entra.isMember(groupId(0), present[7]!)).toBe(false);
  });

  test('disabled users can still be found, with their groups, and a second disable writes no event', async () => {
    for (let n = 20; n < 27; n++) {
      await entra.disableUser(userId(n));
      expected.deprovision(userId(n), 'DEACTIVATED');
      expected.change(userId(n), { active: false });
      await expectUser(userId(n));
      const found = await entra.matchUser('userName', expected.users.get(userId(n))!['userName']!);
      expect(found).toMatchObject({ id: userId(n), active: false });
    }
    const before = await head();
    await entra.disableUser(userId(20));
    expect(await head()).toBe(before);
    await expectGroup(groupId(0));
  });

  test('restored users still have their groups', async () => {
    for (const n of [21, 22]) {
      await entra.enableUser(userId(n));
      expected.change(userId(n), { active: true });
      await expectUser(userId(n));
    }
  });

  test('deleted users are not found, and their names are available again', async () => {
    for (const n of [23, 30, 31, 22]) {
      const id = userId(n);
      await entra.deleteUser(id);
      expected.deprovision(id, 'DELETED');
      const { userName } = expected.users.get(id)!;
      expected.users.delete(id);
      for (const { members } of expected.groups.values()) members.delete(id);
      expect(await entra.userExists(id)).toBe(false);
      expect(await entra.matchUser('userName', userName!)).toBeUndefined();
    }
    const values = inventUser(mapping, 31);
    const id = await entra.provisionUser(values);
    expected.users.set(id, values);
    expect(id).not.toBe(userId(31));
    await expectUser(id);
  });

  test('a deleted group is not found, but its members still exist', async () => {
    const id = groupId(4);
    const [member] = expected.groups.get(id)!.members;
    await entra.deleteGroup(id);
    expected.groups.delete(id);
    expect(await entra.groupExists(id)).toBe(false);
    expect(await entra.matchGroup(String(inventGroup(mapping, 4)['displayName']))).toBeUndefined();
    await expectUser(member!);
  });

  test('every response has the media type of SCIM, and no request is a PUT', () => {
    expect(entra.exchanges.filter(({ method }) => method === 'PUT')).toEqual([]);
    const types = entra.exchanges
      .filter(({ answer }) => answer.body !== undefined)
      .map(({ answer }) => answer.headers['content-type']);
    expect(new Set(types)).toEqual(new Set(['application/scim+json']));
  });

  test('GraphQL and SCIM return the same state, the one that Entra wrote', async () => {
    for (const id of expected.users.keys()) await expectUser(id);
    for (const id of expected.groups.keys()) await expectGroup(id);
    const seenByScim = await readScimState(scim);
    expect(Object.keys(seenByScim.users).toSorted()).toEqual([...expected.users.keys()].toSorted());
    expect(Object.keys(seenByScim.groups).toSorted()).toEqual([...expected.groups.keys()].toSorted());
    expect(await readGraphState(graph)).toEqual(seenByScim);
  });

  test('a subscriber receives exactly the disabled and deleted users, in order', async () => {
    const count = expected.deprovisioned.length;
    await deprovisioned.waitUntil((delivered) => delivered.length >= count);
    const late = subscribeToDeprovisioned(elsewhere);
    await late.waitUntil((delivered) => delivered.length >= count);
    await late.close();
    for (const { delivered } of [deprovisioned, late]) {
      const received = delivered.map(({ userId, userName, externalId, reason, groupIds }: Wire) => ({
        userId,
        userName,
        externalId,
        reason,
        groupIds: groupIds.toSorted(),
      }));
      expect(received).toEqual(expected.deprovisioned);
    }
    expect(deprovisioned.delivered).toEqual(late.delivered);
  });

  test('the event log has no gaps and no duplicates, also for a reader whose connection breaks', async () => {
    const cursor = await head();
    const late = subscribeToEvents(elsewhere);
    for (const reader of [events, interrupted, late]) {
      await reader.waitUntil((delivered) => delivered.at(-1)?.cursor === cursor);
    }
    await late.close();
    const sequences = events.delivered.map(({ sequence }: Wire) => sequence as number);
    expect(sequences.length).toBeGreaterThan(USERS + GROUPS);
    expect(sequences).toEqual(sequences.map((_sequence, index) => index + 1));
    expect(new Set(events.delivered.map(({ source }: Wire) => source as string))).toEqual(new Set(['SCIM']));
    expect(interrupted.connections).toBeGreaterThan(3);
    expect(interrupted.delivered).toEqual(events.delivered);
    expect(late.delivered).toEqual(events.delivered);
    const inLog = events.delivered.filter(({ type }: Wire) => type === 'USER_DEPROVISIONED');
    expect(deprovisioned.delivered.map(({ id }: Wire) => id as string)).toEqual(inLog.map(({ id }: Wire) => id));
  });
});
