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

/** Declares a read-only attribute, as all attributes of discovery are. */
const readOnly = (name: string, description: string, characteristics: Characteristics = {}): AttributeDeclaration =>
  attribute(name, description, { ...characteristics, mutability: 'readOnly' });

const needed = (name: string, description: string, characteristics: Characteristics = {}): AttributeDeclaration =>
  readOnly(name, description, { ...characteristics, required: true });

/** URIs are case-exact (RFC 7643 §2.3.7), although §8.7.2 declares `caseExact: false`. */
const uri = (referenceType: 'external' | 'uri'): Characteristics => ({
  type: 'reference',
  referenceTypes: [referenceType],
  caseExact: true,
});

function option(name: string, what: string, ...limits: readonly AttributeDeclaration[]): AttributeDeclaration {
  const supported = needed('supported', 'Whether it is supported.', { type: 'boolean' });
  return complex(name, what, [supported, ...limits], { required: true, mutability: 'readOnly' });
}

/** The ServiceProviderConfig schema (RFC 7643 §5 and §8.7.2), with the additions of RFC 9865 §4. */
const SERVICE_PROVIDER_CONFIG: SchemaDeclaration = {
  urn: PROVIDER_URN,
  name: 'ServiceProviderConfig',
  description: 'What the service provider can do',
  attributes: [
    readOnly('documentationUri', 'Where people read how to use the service provider.', uri('external')),
    option('patch', 'Changes by PATCH.'),
    option(
      'bulk',
      'Many operations in one request.',
      needed('maxOperations', 'The most operations of one request.', { type: 'integer' }),
      needed('maxPayloadSize', 'The most bytes of one request.', { type: 'integer' }),
    ),
    option('filter', 'Filters.', needed('maxResults', 'The most resources in one response.', { type: 'integer' })),
    option('changePassword', 'Changes of a password.'),
    option('sort', 'Sorting.'),
    option('etag', 'Entity tags.'),
    complex(
      'pagination',
      'How lists are cut into pages.',
      [
        needed('cursor', 'Whether pages are asked for by cursor.', { type: 'boolean' }),
        needed('index', 'Whether pages are asked for by index.', { type: 'boolean' }),
        readOnly('defaultPaginationMethod', 'How pages are cut when the request does not say it.', {
          canonicalValues: ['cursor', 'index'],
        }),
        readOnly('defaultPageSize', 'The resources of a page when the request does not say it.', { type: 'integer' }),
        readOnly('maxPageSize', 'The most resources of a page.', { type: 'integer' }),
        readOnly('cursorTimeout', 'For how many seconds a cursor is good at least.', { type: 'integer' }),
      ],
      { mutability: 'readOnly' },
    ),
    complex(
      'authenticationSchemes',
      'How clients say who they are.',
      [
        needed('type', 'The kind of scheme.', {
          canonicalValues: ['oauth', 'oauth2', 'oauthbearertoken', 'httpbasic', 'httpdigest'],
        }),
        needed('name', 'The common name of the scheme.'),
        needed('description', 'What the scheme is.'),
        readOnly('specUri', 'The specification of the scheme.', uri('external')),
        readOnly('documentationUri', 'Where people read how to use the scheme.', uri('external')),
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
  description: 'A type of resources',
  attributes: [
    readOnly('id', 'The name of the resource type, once more.'),
    needed('name', 'The name of the resource type.'),
    readOnly('description', 'What the resource type is.'),
    needed('endpoint', 'Where its resources are, below the base URL.', uri('uri')),
    needed('schema', 'The schema that its resources are made of.', uri('uri')),
    complex(
      'schemaExtensions',
      'The schemas that its resources may have beside it.',
      [
        needed('schema', 'The URI of an extension.', uri('uri')),
        needed('required', 'Whether each resource must have it.', { type: 'boolean' }),
      ],
      { multiValued: true, mutability: 'readOnly' },
    ),
  ],
};

/** The characteristics that `attributes` and `subAttributes` have in common. */
const CHARACTERISTICS: readonly AttributeDeclaration[] = [
  needed('name', 'The name of the attribute.', { caseExact: true }),
  needed('type', 'The data type.', {
    canonicalValues: ['string', 'boolean', 'decimal', 'integer', 'dateTime', 'binary', 'reference', 'complex'],
  }),
  needed('multiValued', 'Whether the attribute is a list.', { type: 'boolean' }),
  readOnly('description', 'What the attribute is.', { caseExact: true }),
  readOnly('required', 'Whether the attribute must have a value.', { type: 'boolean' }),
  readOnly('canonicalValues', 'Values that are suggested.', { multiValued: true, caseExact: true }),
  readOnly('caseExact', 'Whether text is compared with regard to case.', { type: 'boolean' }),
  readOnly('mutability', 'When the attribute can be written.', {
    caseExact: true,
    canonicalValues: ['readOnly', 'readWrite', 'immutable', 'writeOnly'],
  }),
  readOnly('returned', 'When the attribute is shown.', {
    caseExact: true,
    canonicalValues: ['always', 'never', 'default', 'request'],
  }),
  readOnly('uniqueness', 'Where a value is unique.', {
    caseExact: true,
    canonicalValues: ['none', 'server', 'global'],
  }),
  readOnly('referenceTypes', 'What a reference may lead to.', { multiValued: true, caseExact: true }),
];

/** The Schema schema (RFC 7643 §7 and §8.7.2), the only one in which a complex attribute contains another. */
const SCHEMA: SchemaDeclaration = {
  urn: SCHEMA_URN,
  name: 'Schema',
  description: 'A schema',
  attributes: [
    needed('id', 'The URI of the schema.'),
    needed('name', 'The name of the schema.'),
    readOnly('description', 'What the schema describes.'),
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
