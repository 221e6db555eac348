import type { JsonObject, JsonValue } from '../../domain/kernel/json.js';
import type { AttributeDeclaration, SchemaDeclaration } from '../../domain/schema/attribute.js';
import type { DirectorySchema, ResourceSchema } from '../../domain/schema/resource-schema.js';
import { DEFAULT_PAGE, MAX_PAGE, type ScimLimits } from '../protocol/limits.js';
import { DISCOVERY_SCHEMAS, PROVIDER_URN, RESOURCE_TYPE_URN, SCHEMA_URN } from './discovery-schemas.js';

/** Lists the resource types of a directory, in the order of discovery. */
export function listTypes({ user, group, custom }: DirectorySchema): readonly ResourceSchema[] {
  return [user, group, ...custom];
}

/**
 * Lists the schemas that `/Schemas` publishes: those of all resource types, including registered ones, and of
 * discovery.
 */
export function listSchemas(schema: DirectorySchema): readonly SchemaDeclaration[] {
  return [...listTypes(schema).flatMap((type) => [type.core, ...type.extensions]), ...DISCOVERY_SCHEMAS];
}

/**
 * Represents a schema as RFC 7643 §7 describes. Absent characteristics are omitted, because Entra does not accept
 * `null`.
 */
export function toSchemaResource(schema: SchemaDeclaration, baseUrl: string): JsonObject {
  return {
    schemas: [SCHEMA_URN],
    id: schema.urn,
    name: schema.name,
    description: schema.description,
    attributes: schema.attributes.map(toAttribute),
    meta: { resourceType: 'Schema', location: `${baseUrl}/Schemas/${schema.urn}` },
  };
}

function toAttribute(declaration: AttributeDeclaration): JsonObject {
  const attribute: Record<string, JsonValue> = {
    name: declaration.name,
    type: declaration.type,
    multiValued: declaration.multiValued,
    description: declaration.description,
    required: declaration.required,
    caseExact: declaration.caseExact,
    mutability: declaration.mutability,
    returned: declaration.returned,
    uniqueness: declaration.uniqueness,
  };
  if (declaration.canonicalValues) attribute['canonicalValues'] = declaration.canonicalValues;
  if (declaration.referenceTypes) attribute['referenceTypes'] = declaration.referenceTypes;
  if (declaration.subAttributes) attribute['subAttributes'] = declaration.subAttributes.map(toAttribute);
  return attribute;
}

/** Represents a resource type as RFC 7643 §6 describes. */
export function toResourceType(type: ResourceSchema, baseUrl: string): JsonObject {
  return {
    schemas: [RESOURCE_TYPE_URN],
    id: type.name,
    name: type.name,
    endpoint: type.endpoint,
    description: type.description,
    schema: type.core.urn,
    schemaExtensions: type.extensions.map(({ urn }) => ({
      schema: urn,
      required: type.requiredExtensions.includes(urn),
    })),
    meta: { resourceType: 'ResourceType', location: `${baseUrl}/ResourceTypes/${type.name}` },
  };
}

/** Represents the capabilities of the service provider (RFC 7643 §5). */
export function toServiceProviderConfig(baseUrl: string, limits: ScimLimits): JsonObject {
  return {
    schemas: [PROVIDER_URN],
    patch: { supported: true },
    bulk: { supported: true, maxOperations: limits.bulkOperations, maxPayloadSize: limits.bodyBytes },
    filter: { supported: true, maxResults: MAX_PAGE },
    changePassword: { supported: false },
    sort: { supported: true },
    etag: { supported: true },
    // RFC 9865 §4. `index` stays the default for existing clients; cursors do not expire, so there is no
    // `cursorTimeout`.
    pagination: {
      cursor: true,
      index: true,
      defaultPaginationMethod: 'index',
      defaultPageSize: DEFAULT_PAGE,
      maxPageSize: MAX_PAGE,
    },
    authenticationSchemes: [
      {
        type: 'oauthbearertoken',
        name: 'Bearer token',
        description: 'A token of this directory in the Authorization header, as RFC 6750 describes',
        specUri: 'https://www.rfc-editor.org/info/rfc6750',
        primary: true,
      },
    ],
    meta: { resourceType: 'ServiceProviderConfig', location: `${baseUrl}/ServiceProviderConfig` },
  };
}
