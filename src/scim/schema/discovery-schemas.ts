import {
  attribute,
  complex,
  type AttributeDeclaration,
  type SchemaDeclaration,
} from '../../domain/schema/attribute.js';

/** The schema URN of RFC 7643 §5. */
export const PROVIDER_URN = 'urn:ietf:params:scim:schemas:core:2.0:ServiceProviderConfig';

/** The schema URN of RFC 7643 §6. */
export const RESOURCE_TYPE_URN = 'urn:ietf:params:scim:schemas:core:2.0:ResourceType';

/** The schema URN of RFC 7643 §7. */
export const SCHEMA_URN = 'urn:ietf:params:scim:schemas:core:2.0:Schema';

type Characteristics = Parameters<typeof attribute>[2];

/** Declares a read-only attribute, like all attributes of discovery resources. */
const readOnly = (name: string, description: string, characteristics: Characteristics = {}): AttributeDeclaration =>
  attribute(name, description, { ...characteristics, mutability: 'readOnly' });

const required = (name: string, description: string, characteristics: Characteristics = {}): AttributeDeclaration =>
  readOnly(name, description, { ...characteristics, required: true });

/** URIs are case-exact (RFC 7643 §2.3.7), although §8.7.2 declares `caseExact: false`. */
const uri = (referenceType: 'external' | 'uri'): Characteristics => ({
  type: 'reference',
  referenceTypes: [referenceType],
  caseExact: true,
});

function option(name: string, description: string, ...limits: readonly AttributeDeclaration[]): AttributeDeclaration {
  const supported = required('supported', 'Whether the feature is supported.', { type: 'boolean' });
  return complex(name, description, [supported, ...limits], { required: true, mutability: 'readOnly' });
}

/** The ServiceProviderConfig schema (RFC 7643 §5 and §8.7.2), with the additions of RFC 9865 §4. */
const SERVICE_PROVIDER_CONFIG: SchemaDeclaration = {
  urn: PROVIDER_URN,
  name: 'ServiceProviderConfig',
  description: 'The capabilities of the service provider',
  attributes: [
    readOnly('documentationUri', 'The URL of the documentation of the service provider.', uri('external')),
    option('patch', 'The PATCH method.'),
    option(
      'bulk',
      'Bulk requests.',
      required('maxOperations', 'The maximum number of operations in a bulk request.', { type: 'integer' }),
      required('maxPayloadSize', 'The maximum size of a bulk request in bytes.', { type: 'integer' }),
    ),
    option(
      'filter',
      'Filtering.',
      required('maxResults', 'The maximum number of resources in a response.', { type: 'integer' }),
    ),
    option('changePassword', 'Changing of passwords.'),
    option('sort', 'Sorting.'),
    option('etag', 'Entity tags for versioning.'),
    complex(
      'pagination',
      'Pagination.',
      [
        required('cursor', 'Whether pagination by cursor is supported.', { type: 'boolean' }),
        required('index', 'Whether pagination by index is supported.', { type: 'boolean' }),
        readOnly('defaultPaginationMethod', 'The method of pagination if the request specifies none.', {
          canonicalValues: ['cursor', 'index'],
        }),
        readOnly('defaultPageSize', 'The number of resources on a page if the request does not specify it.', {
          type: 'integer',
        }),
        readOnly('maxPageSize', 'The maximum number of resources on a page.', { type: 'integer' }),
        readOnly('cursorTimeout', 'The minimum lifetime of a cursor in seconds.', { type: 'integer' }),
      ],
      { mutability: 'readOnly' },
    ),
    complex(
      'authenticationSchemes',
      'The supported authentication schemes.',
      [
        required('type', 'The type of the scheme.', {
          canonicalValues: ['oauth', 'oauth2', 'oauthbearertoken', 'httpbasic', 'httpdigest'],
        }),
        required('name', 'The common name of the scheme.'),
        required('description', 'A description of the scheme.'),
        readOnly('specUri', 'The URL of the specification of the scheme.', uri('external')),
        readOnly('documentationUri', 'The URL of the documentation of the scheme.', uri('external')),
        readOnly('primary', 'True for the preferred scheme.', { type: 'boolean' }),
      ],
      { multiValued: true, required: true, mutability: 'readOnly' },
    ),
  ],
};

/** The ResourceType schema (RFC 7643 §6 and §8.7.2). `schemaExtensions` is optional and multi-valued, as in §6. */
const RESOURCE_TYPE: SchemaDeclaration = {
  urn: RESOURCE_TYPE_URN,
  name: 'ResourceType',
  description: 'A resource type',
  attributes: [
    readOnly('id', 'The identifier of the resource type: its name.'),
    required('name', 'The name of the resource type.'),
    readOnly('description', 'A description of the resource type.'),
    required('endpoint', 'The endpoint of the resources, relative to the base URL.', uri('uri')),
    required('schema', 'The URI of the base schema.', uri('uri')),
    complex(
      'schemaExtensions',
      'The extensions of the base schema.',
      [
        required('schema', 'The URI of the schema of the extension.', uri('uri')),
        required('required', 'Whether every resource must have the extension.', { type: 'boolean' }),
      ],
      { multiValued: true, mutability: 'readOnly' },
    ),
  ],
};

/** The characteristics that `attributes` and `subAttributes` have in common. */
const CHARACTERISTICS: readonly AttributeDeclaration[] = [
  required('name', 'The name of the attribute.', { caseExact: true }),
  required('type', 'The data type.', {
    canonicalValues: ['string', 'boolean', 'decimal', 'integer', 'dateTime', 'binary', 'reference', 'complex'],
  }),
  required('multiValued', 'Whether the attribute is multi-valued.', { type: 'boolean' }),
  readOnly('description', 'A description of the attribute.', { caseExact: true }),
  readOnly('required', 'Whether the attribute must have a value.', { type: 'boolean' }),
  readOnly('canonicalValues', 'Suggested values.', { multiValued: true, caseExact: true }),
  readOnly('caseExact', 'Whether string values are case-sensitive.', { type: 'boolean' }),
  readOnly('mutability', 'Whether and when the attribute can be written.', {
    caseExact: true,
    canonicalValues: ['readOnly', 'readWrite', 'immutable', 'writeOnly'],
  }),
  readOnly('returned', 'When the attribute is returned.', {
    caseExact: true,
    canonicalValues: ['always', 'never', 'default', 'request'],
  }),
  readOnly('uniqueness', 'The scope within which values are unique.', {
    caseExact: true,
    canonicalValues: ['none', 'server', 'global'],
  }),
  readOnly('referenceTypes', 'The types of resources that may be referenced.', { multiValued: true, caseExact: true }),
];

/** The Schema schema (RFC 7643 §7 and §8.7.2), the only one in which a complex attribute contains another. */
const SCHEMA: SchemaDeclaration = {
  urn: SCHEMA_URN,
  name: 'Schema',
  description: 'A schema',
  attributes: [
    required('id', 'The URI of the schema.'),
    required('name', 'The name of the schema.'),
    readOnly('description', 'A description of the schema.'),
    complex(
      'attributes',
      'The attributes of the schema.',
      [
        ...CHARACTERISTICS,
        complex('subAttributes', 'The attributes of a complex attribute.', CHARACTERISTICS, {
          multiValued: true,
          mutability: 'readOnly',
        }),
      ],
      { multiValued: true, required: true, mutability: 'readOnly' },
    ),
  ],
};

/**
 * The schemas of the discovery resources. `/Schemas` lists them in addition to those of users and groups, as RFC 7644
 * §4 asks. Entra uses only those of users and groups; its reference server lists both too.
 */
export const DISCOVERY_SCHEMAS: readonly SchemaDeclaration[] = [SERVICE_PROVIDER_CONFIG, RESOURCE_TYPE, SCHEMA];
