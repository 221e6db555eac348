import { BADGES } from './desk.js';
import type { FaultName } from './faults.js';
import { DESK_URN, ENTERPRISE_URN, GROUP_URN, USER_URN, type Wire } from './wire.js';

const plain = (name: string, type = 'string', more: object = {}): Wire => ({
  name,
  type,
  multiValued: false,
  description: name,
  required: false,
  caseExact: false,
  mutability: 'readWrite',
  returned: 'default',
  uniqueness: 'none',
  ...more,
});
const complex = (name: string, subAttributes: Wire[], more: object = {}): Wire =>
  plain(name, 'complex', { subAttributes, ...more });
const list = (name: string, parts: readonly string[] = ['value', 'display']): Wire =>
  complex(name, [...parts.map((part) => plain(part)), plain('type'), plain('primary', 'boolean')], {
    multiValued: true,
  });

const ADDRESS = ['formatted', 'streetAddress', 'locality', 'region', 'postalCode', 'country'];
const NAME = ['formatted', 'familyName', 'givenName', 'middleName', 'honorificPrefix', 'honorificSuffix'];
const TEXTS = ['displayName', 'nickName', 'profileUrl', 'title', 'userType', 'preferredLanguage', 'locale', 'timezone'];

const USER = [
  plain('userName', 'string', { required: true, uniqueness: 'server' }),
  complex(
    'name',
    NAME.map((part) => plain(part)),
  ),
  ...TEXTS.map((name) => plain(name)),
  plain('active', 'boolean'),
  // Without display and primary, which make Microsoft's tool reject the schema.
  complex('emails', [plain('value'), plain('type')], { multiValued: true }),
  ...['phoneNumbers', 'ims', 'photos', 'roles', 'entitlements'].map((name) => list(name)),
  list('addresses', ADDRESS),
];
const GROUP = [
  plain('displayName', 'string', { required: true, uniqueness: 'server' }),
  complex('members', [plain('value', 'string', { mutability: 'immutable' })], { multiValued: true }),
];
const ENTERPRISE = [
  ...['employeeNumber', 'costCenter', 'organization', 'division', 'department'].map((name) => plain(name)),
  complex('manager', [plain('value'), plain('displayName', 'string', { mutability: 'readOnly' })]),
];

/** The server's own extension: an attribute of each type, and attributes that clients cannot write or read. */
const DESK = [
  plain('tags', 'string', { multiValued: true }),
  plain('badge', 'string', { canonicalValues: [...BADGES] }),
  plain('room'),
  plain('floor', 'integer'),
  plain('extension', 'integer', { uniqueness: 'server' }),
  plain('share', 'decimal'),
  plain('remote', 'boolean'),
  plain('movedIn', 'dateTime'),
  plain('assignedAt', 'dateTime', { mutability: 'immutable' }),
  plain('map', 'reference', { referenceTypes: ['external'] }),
  plain('photo', 'binary'),
  plain('pin', 'string', { returned: 'never' }),
  plain('number', 'integer', { mutability: 'readOnly' }),
  complex('chair', [plain('colour'), plain('height')]),
];

const schema = (id: string, name: string, attributes: Wire[]): Wire => ({
  schemas: ['urn:ietf:params:scim:schemas:core:2.0:Schema'],
  id,
  name,
  description: name,
  attributes,
  meta: { resourceType: 'Schema' },
});

const RESOURCE_TYPE = 'urn:ietf:params:scim:schemas:core:2.0:ResourceType';

/** Changes the published schemas according to a fault. */
export const SCHEMA_FAULTS: Partial<Record<FaultName, (schemas: Wire[]) => Wire[]>> = {
  'schemas-lack-groups': (schemas) => schemas.filter(({ id }) => id !== GROUP_URN),
  'schemas-hold-null': (schemas) => withEach(schemas, () => true, { referenceTypes: null }),
  'schemas-described-by-null': (schemas) => schemas.map((one) => ({ ...one, description: null })),
  'schema-types-in-capitals': (schemas) => withEach(schemas, ({ type }) => type === 'string', { type: 'String' }),
  'schema-mutability-in-lower-case': (schemas) =>
    withEach(schemas, ({ mutability }) => mutability === 'readWrite', { mutability: 'readwrite' }),
  'schema-returned-unknown': (schemas) => withEach(schemas, ({ name }) => name === 'title', { returned: 'yes' }),
  'schema-uniqueness-is-boolean': (schemas) => withEach(schemas, ({ name }) => name === 'title', { uniqueness: false }),
  'schema-name-is-text': (schemas) => withEach(schemas, ({ name }) => name === 'name', { type: 'string' }),
  'password-published': (schemas) => withMore(schemas, plain('password', 'string', { mutability: 'writeOnly' })),
  'email-display-published': (schemas) => withMoreOfEmails(schemas, plain('display')),
  'email-primary-published': (schemas) => withMoreOfEmails(schemas, plain('primary', 'boolean')),
};

function withEach(schemas: Wire[], isMeant: (attribute: Wire) => boolean, more: object): Wire[] {
  const change = (one: Wire): Wire => (isMeant(one) ? { ...one, ...more } : one);
  return schemas.map((one) => ({ ...one, attributes: one.attributes.map(change) }));
}

function withMore(schemas: Wire[], attribute: Wire): Wire[] {
  const change = (one: Wire): Wire => ({ ...one, attributes: [...one.attributes, attribute] });
  return schemas.map((one) => (one.id === USER_URN ? change(one) : one));
}

function withMoreOfEmails(schemas: Wire[], part: Wire): Wire[] {
  const change = (one: Wire): Wire =>
    one.name === 'emails' ? { ...one, subAttributes: [...one.subAttributes, part] } : one;
  return schemas.map((one) => ({ ...one, attributes: one.attributes.map(change) }));
}

/** The responses of discovery (RFC 7644 §4), by path. */
export const DISCOVERY: Readonly<Record<string, Wire>> = {
  '/Schemas': [
    schema(USER_URN, 'User', USER),
    schema(GROUP_URN, 'Group', GROUP),
    schema(ENTERPRISE_URN, 'EnterpriseUser', ENTERPRISE),
    schema(DESK_URN, 'DeskUser', DESK),
  ],
  '/ResourceTypes': [
    {
      schemas: [RESOURCE_TYPE],
      id: 'User',
      name: 'User',
      endpoint: '/Users',
      schema: USER_URN,
      schemaExtensions: [ENTERPRISE_URN, DESK_URN].map((urn) => ({ schema: urn, required: false })),
      meta: { resourceType: 'ResourceType' },
    },
    {
      schemas: [RESOURCE_TYPE],
      id: 'Group',
      name: 'Group',
      endpoint: '/Groups',
      schema: GROUP_URN,
      meta: { resourceType: 'ResourceType' },
    },
  ],
  '/ServiceProviderConfig': {
    schemas: ['urn:ietf:params:scim:schemas:core:2.0:ServiceProviderConfig'],
    patch: { supported: true },
    bulk: { supported: false, maxOperations: 0, maxPayloadSize: 0 },
    filter: { supported: true, maxResults: 100 },
    changePassword: { supported: false },
    sort: { supported: false },
    etag: { supported: false },
    authenticationSchemes: [{ type: 'oauthbearertoken', name: 'Bearer token', description: 'RFC 6750' }],
    meta: { resourceType: 'ServiceProviderConfig' },
  },
};
