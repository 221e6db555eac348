import fc from 'fast-check';
import type { JsonObject } from '../../src/domain/kernel/json.js';
import { ENTERPRISE_URN } from '../../src/domain/schema/enterprise-user.js';
import { bodiesOf, RANDOM_TYPES, registerRandomSchemas, type RandomType, type Topic } from './random-resources.js';
import { ScimClient, type Wire } from './scim-client.js';
import type { TestDirectory, TestServer } from './server.js';

/** Resources before they have ids; references are indexes. */
export interface Plan {
  readonly users: ReadonlyArray<{ readonly body: JsonObject; readonly name: string; readonly manager?: number }>;
  readonly groups: ReadonlyArray<{
    readonly body: JsonObject;
    readonly name: string;
    /** The indexes of users, and in `nested` of earlier groups. */
    readonly members: readonly number[];
    readonly nested: readonly number[];
  }>;
  readonly devices: readonly JsonObject[];
}

/** Generates users, groups with members of both kinds, and resources of a custom type. */
export function plansOf(topic: Topic): fc.Arbitrary<Plan> {
  const users = fc.record(
    { body: bodiesOf(RANDOM_TYPES.user, topic), name: topic.texts, manager: fc.nat(9) },
    { requiredKeys: ['body', 'name'] },
  );
  const groups = fc.record({
    body: bodiesOf(RANDOM_TYPES.group, topic),
    name: topic.texts,
    members: fc.array(fc.nat(9), { maxLength: 3 }),
    nested: fc.array(fc.nat(4), { maxLength: 2 }),
  });
  return fc.record({
    users: fc.array(users, { maxLength: 8, size: 'max' }),
    groups: fc.array(groups, { maxLength: 5, size: 'max' }),
    devices: fc.array(bodiesOf(RANDOM_TYPES.device, topic), { maxLength: 6, size: 'max' }),
  });
}

/** A resource as it was sent, and the response of the server. */
export interface Created {
  readonly sent: JsonObject;
  readonly answer: Wire;
}

/** A separate directory with the resources of a plan. */
export interface World {
  readonly directory: TestDirectory;
  readonly scim: ScimClient;
  readonly created: Readonly<Record<RandomType, readonly Created[]>>;
}

/**
 * Creates the resources of a plan over HTTP.
 *
 * @param disturb converts each body before it is sent
 */
export async function createWorld(
  server: TestServer,
  plan: Plan,
  disturb: (type: RandomType, body: JsonObject) => JsonObject = (_type, body) => body,
): Promise<World> {
  const directory = await server.createDirectory();
  await registerRandomSchemas(server.store, directory.id);
  const scim = new ScimClient(directory.scimUrl, directory.scimToken);
  const create = async (type: RandomType, sent: JsonObject): Promise<Created> => {
    const { status, body } = await scim.post(RANDOM_TYPES[type].endpoint, disturb(type, sent));
    if (status !== 201) throw new Error(`POST returned ${status} ${JSON.stringify(body)} to ${JSON.stringify(sent)}`);
    return { sent, answer: body };
  };
  const idsOf = (list: readonly Created[], places: readonly number[]): string[] =>
    list.length === 0 ? [] : [...new Set(places.map((place) => list[place % list.length]?.answer.id as string))];

  const user: Created[] = [];
  for (const [place, { body, name, manager }] of plan.users.entries()) {
    const [managerId] = manager === undefined ? [] : idsOf(user, [manager]);
    const enterprise = managerId === undefined ? {} : withManager(body, managerId);
    user.push(await create('user', { ...body, userName: `${name}#${place}`, ...enterprise }));
  }
  const group: Created[] = [];
  for (const [place, { body, name, members, nested }] of plan.groups.entries()) {
    const ids = [...idsOf(user, members), ...idsOf(group, nested)];
    const list = ids.length === 0 ? {} : { members: ids.map((value) => ({ value })) };
    group.push(await create('group', { ...body, displayName: `${name}#${place}`, ...list }));
  }
  const device: Created[] = [];
  for (const body of plan.devices) device.push(await create('device', body));
  return { directory, scim, created: { user, group, device } };
}

function withManager(body: JsonObject, value: string): JsonObject {
  return { [ENTERPRISE_URN]: { ...(body[ENTERPRISE_URN] as JsonObject | undefined), manager: { value } } };
}
