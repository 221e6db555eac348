import { queryGraphQL, type GraphQLConnection } from '../support/graphql-client.js';
import type { ScimClient, Wire } from '../support/scim-client.js';

/** The users and groups of a directory by id, in a form that does not depend on the façade. */
export interface DirectoryState {
  readonly users: Readonly<Record<string, Wire>>;
  readonly groups: Readonly<Record<string, Wire>>;
}

const ENTERPRISE_URN = 'urn:ietf:params:scim:schemas:extension:enterprise:2.0:User';
const PLAIN = [
  'externalId',
  'userName',
  'active',
  'displayName',
  'name',
  'nickName',
  'profileUrl',
  'title',
  'userType',
  'preferredLanguage',
  'locale',
  'timezone',
];
const PLURAL = ['emails', 'phoneNumbers', 'ims', 'photos', 'entitlements', 'roles', 'x509Certificates'];
const ENTERPRISE = ['employeeNumber', 'costCenter', 'organization', 'division', 'department'];

/** Reads the directory over SCIM, in pages of 20 resources. */
export async function readScimState(client: ScimClient): Promise<DirectoryState> {
  const users = await listAll(client, '/Users');
  const groups = await listAll(client, '/Groups');
  return { users: byId(users.map(userFromScim)), groups: byId(groups.map(groupFromScim)) };
}

/** Reads the directory over GraphQL, in pages of 20 nodes. */
export async function readGraphState(connection: GraphQLConnection): Promise<DirectoryState> {
  const users = await readConnection(connection, USERS, 'users');
  const groups = await readConnection(connection, GROUPS, 'groups');
  return { users: byId(users.map(userFromGraph)), groups: byId(groups.map(groupFromGraph)) };
}

async function listAll(client: ScimClient, path: string): Promise<Wire[]> {
  const resources: Wire[] = [];
  for (;;) {
    const { body } = await client.get(path, { startIndex: resources.length + 1, count: 20 });
    resources.push(...body.Resources);
    if (body.Resources.length === 0 || resources.length >= body.totalResults) return resources;
  }
}

async function readConnection(connection: GraphQLConnection, query: string, field: string): Promise<Wire[]> {
  const nodes: Wire[] = [];
  let after: string | null = null;
  do {
    const { [field]: page }: Wire = (await queryGraphQL(connection, query, { after })).directory;
    nodes.push(...page.edges.map((edge: Wire) => edge.node));
    after = page.pageInfo.hasNextPage ? page.pageInfo.endCursor : null;
    if (after === null && nodes.length !== page.totalCount) {
      throw new Error(`${nodes.length} ${field} were paged through, the count is ${page.totalCount}`);
    }
  } while (after !== null);
  return nodes;
}

const META = 'version createdAt updatedAt';
const ELEMENT = '{ value display type primary }';

const USERS = `query Users($after: String) { directory { users(first: 20, after: $after) {
  totalCount pageInfo { hasNextPage endCursor }
  edges { node {
    id ${META} ${PLAIN.filter((name) => name !== 'name').join(' ')} ${ENTERPRISE.join(' ')}
    name { formatted familyName givenName middleName honorificPrefix honorificSuffix }
    ${PLURAL.map((name) => `${name} ${ELEMENT}`).join(' ')}
    addresses { formatted streetAddress locality region postalCode country type primary }
    manager { id }
    groups(first: 100) { edges { node { id displayName } } }
  } }
} } }`;

const GROUPS = `query Groups($after: String) { directory { groups(first: 20, after: $after) {
  totalCount pageInfo { hasNextPage endCursor }
  edges { node {
    id ${META} externalId displayName memberCount
    members(first: 100) { totalCount edges { addedAt node { __typename ... on User { id } ... on Group { id } } } }
  } }
} } }`;

function userFromScim(user: Wire): Wire {
  const enterprise = user[ENTERPRISE_URN] ?? {};
  return compact({
    ...choose(user, ['id', ...PLAIN, ...PLURAL, 'addresses']),
    ...choose(enterprise, ENTERPRISE),
    managerId: enterprise.manager?.value,
    groups: sorted((user.groups ?? []).map((group: Wire) => ({ id: group.value, displayName: group.display }))),
    ...metaFromScim(user),
  });
}

function userFromGraph(user: Wire): Wire {
  return compact({
    ...choose(user, ['id', ...PLAIN, ...PLURAL, 'addresses', ...ENTERPRISE, ...META.split(' ')]),
    managerId: user.manager?.id,
    groups: sorted(user.groups.edges.map((edge: Wire) => edge.node)),
  });
}

function groupFromScim(group: Wire): Wire {
  const members = group.members ?? [];
  return compact({
    ...choose(group, ['id', 'externalId', 'displayName']),
    members: sorted(members.map((member: Wire) => ({ id: member.value, type: member.type }))),
    memberCount: members.length,
    ...metaFromScim(group),
  });
}

function groupFromGraph(group: Wire): Wire {
  const { edges, totalCount } = group.members;
  if (edges.length !== totalCount) throw new Error(`${edges.length} members came, the count is ${totalCount}`);
  return compact({
    ...choose(group, ['id', 'externalId', 'displayName', 'memberCount', ...META.split(' ')]),
    members: sorted(edges.map(({ node }: Wire) => ({ id: node.id, type: node.__typename }))),
  });
}

function metaFromScim({ meta }: Wire): Wire {
  const version = Number(/^W\/"(\d+)"$/.exec(meta.version)?.[1]);
  return { version, createdAt: meta.created, updatedAt: meta.lastModified };
}

function choose(source: Wire, names: readonly string[]): Wire {
  return Object.fromEntries(names.map((name) => [name, source[name]]));
}

function sorted(references: readonly Wire[]): Wire[] {
  return references.toSorted((a, b) => (a.id < b.id ? -1 : 1));
}

function byId(resources: readonly Wire[]): Record<string, Wire> {
  const map = Object.fromEntries(resources.map((resource) => [resource.id, resource]));
  if (Object.keys(map).length !== resources.length) throw new Error('A resource was listed twice');
  return map;
}

/** Removes null, empty lists and objects of nulls, which GraphQL returns for attributes that SCIM omits. */
function compact(value: Wire): Wire {
  if (Array.isArray(value)) return value.map(compact);
  if (typeof value !== 'object' || value === null) return value;
  const entries = Object.entries(value).map(([key, one]): [string, unknown] => [key, compact(one)]);
  return Object.fromEntries(entries.filter(([, one]) => !isEmpty(one)));
}

function isEmpty(value: unknown): boolean {
  if (value === null || value === undefined) return true;
  return typeof value === 'object' && Object.keys(value).length === 0;
}
