import { attribute, complex, findAttribute, type AttributePath, type SchemaDeclaration } from './attribute.js';
import { CORE_GROUP } from './core-group.js';
import { CORE_USER } from './core-user.js';
import { ENTERPRISE_USER } from './enterprise-user.js';

/** A resource type of RFC 7643 §6: its core schema and the extensions that a directory has for it. */
export interface ResourceSchema {
  readonly name: string;
  /** The path relative to the Tenant URL, with a leading slash. */
  readonly endpoint: string;
  readonly description: string;
  readonly core: SchemaDeclaration;
  readonly extensions: readonly SchemaDeclaration[];
  /** The URNs of the extensions for which every resource must have values. */
  readonly requiredExtensions: readonly string[];
}

/** The resource types of a directory: those of the RFC and those that it has registered. */
export interface DirectorySchema {
  readonly user: ResourceSchema;
  readonly group: ResourceSchema;
  /** The registered resource types. */
  readonly custom: readonly ResourceSchema[];
  /** The revisions of the registered schemas, by URN. */
  readonly revisions: ReadonlyMap<string, string>;
}

/** The attributes that every resource has (RFC 7643 §3.1). No schema lists them. */
export const COMMON_ATTRIBUTES = [
  attribute('schemas', 'The URNs of the schemas of the resource.', {
    type: 'reference',
    multiValued: true,
    required: true,
    caseExact: true,
    returned: 'always',
  }),
  attribute('id', 'The identifier of the resource, assigned by the server.', {
    caseExact: true,
    mutability: 'readOnly',
    returned: 'always',
    uniqueness: 'server',
  }),
  attribute('externalId', 'The identifier that the provisioning client assigned to the resource.', { caseExact: true }),
  complex(
    'meta',
    'Metadata of the resource.',
    [
      attribute('resourceType', 'The name of the resource type.', { mutability: 'readOnly', caseExact: true }),
      attribute('created', 'The time at which the resource was created.', { type: 'dateTime', mutability: 'readOnly' }),
      attribute('lastModified', 'The time at which the resource was last changed.', {
        type: 'dateTime',
        mutability: 'readOnly',
      }),
      attribute('location', 'The URI of the resource.', {
        type: 'reference',
        referenceTypes: ['uri'],
        mutability: 'readOnly',
        caseExact: true,
        derived: true,
      }),
      attribute('version', 'The entity tag of the resource.', { mutability: 'readOnly', caseExact: true }),
    ],
    { mutability: 'readOnly' },
  ),
];

/** The User resource type without registered extensions: the core schema and the enterprise extension. */
export const USER_SCHEMA: ResourceSchema = {
  name: 'User',
  endpoint: '/Users',
  description: 'User Account',
  core: CORE_USER,
  extensions: [ENTERPRISE_USER],
  requiredExtensions: [],
};

/** The Group resource type without registered extensions: the core schema. */
export const GROUP_SCHEMA: ResourceSchema = {
  name: 'Group',
  endpoint: '/Groups',
  description: 'Group',
  core: CORE_GROUP,
  extensions: [],
  requiredExtensions: [],
};

/** Finds the core or extension schema of a URN, which is case-insensitive (RFC 7643 §2.1 and Entra). */
export function findSchema(resource: ResourceSchema, urn: string): SchemaDeclaration | undefined {
  const wanted = urn.toLowerCase();
  return [resource.core, ...resource.extensions].find((schema) => schema.urn.toLowerCase() === wanted);
}

/**
 * Resolves an attribute by name, in the core schema (with the common attributes) or in the extension of `urn`.
 *
 * @returns undefined when the schema or one of the names is not declared
 */
export function findAttributePath(
  resource: ResourceSchema,
  urn: string | undefined,
  name: string,
  subName?: string,
): AttributePath | undefined {
  const schema = urn === undefined ? resource.core : findSchema(resource, urn);
  if (!schema) return undefined;
  const found =
    findAttribute(schema.attributes, name) ??
    (schema === resource.core ? findAttribute(COMMON_ATTRIBUTES, name) : undefined);
  if (!found) return undefined;
  if (subName === undefined) return { urn: schema.urn, attribute: found };
  const subAttribute = findAttribute(found.subAttributes, subName);
  return subAttribute && { urn: schema.urn, attribute: found, subAttribute };
}
