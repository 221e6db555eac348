import { DomainError } from '../kernel/errors.js';
import { isJsonObject, type JsonObject, type JsonValue } from '../kernel/json.js';
import { assertStorableText } from '../attributes/parse-value.js';

/** A resource type of RFC 7643 §6 that a directory registers. */
export interface ResourceTypeDeclaration {
  readonly name: string;
  /** The path relative to the Tenant URL, with a leading slash. */
  readonly endpoint: string;
  readonly description: string;
  /** The URN of the core schema, whose attributes are at the top level. */
  readonly schema: string;
  readonly schemaExtensions: ReadonlyArray<{ readonly schema: string; readonly required: boolean }>;
}

const NAME = /^[a-z][a-z0-9_-]{0,63}$/i;
const MAX_DESCRIPTION = 1_000;
const MAX_EXTENSIONS = 50;

/** Names of the resources that the protocol itself defines. */
const TAKEN_NAMES = new Set(['user', 'group', 'schema', 'resourcetype', 'serviceproviderconfig']);
const TAKEN_ENDPOINTS = new Set([
  'users',
  'groups',
  'me',
  'bulk',
  'schemas',
  'resourcetypes',
  'serviceproviderconfig',
  'serviceproviderconfigs',
]);

/**
 * Parses a ResourceType resource of RFC 7643 §6.
 *
 * @throws DomainError INVALID_VALUE with the location as path (`schemaExtensions.0.schema`), also for the types of the
 *   RFC
 */
export function parseResourceType(value: JsonValue | undefined): ResourceTypeDeclaration {
  if (!isJsonObject(value)) throw invalid('resourceType', 'must be an object: a ResourceType resource of RFC 7643 §6');
  const name = parseName(value['name'] ?? value['id'], 'name', TAKEN_NAMES);
  const sent = value['endpoint'];
  const endpoint = parseName(typeof sent === 'string' ? sent.replace(/^\//, '') : sent, 'endpoint', TAKEN_ENDPOINTS);
  return {
    name,
    endpoint: `/${endpoint}`,
    description: parseDescription(value['description']),
    schema: parseUrn(value['schema'], 'schema'),
    schemaExtensions: parseExtensions(value['schemaExtensions']),
  };
}

function parseName(value: JsonValue | undefined, path: string, taken: ReadonlySet<string>): string {
  if (typeof value !== 'string' || !NAME.test(value)) {
    throw invalid(path, 'must start with a letter and contain only letters, digits, - and _, at most 64 characters');
  }
  if (taken.has(value.toLowerCase())) throw invalid(path, `must not be ${value}, which is reserved for SCIM`);
  return value;
}

function parseDescription(value: JsonValue | undefined): string {
  if (value === undefined || value === null) return '';
  if (typeof value !== 'string' || value.length > MAX_DESCRIPTION) {
    throw invalid('description', `must be a string of at most ${MAX_DESCRIPTION} characters`);
  }
  assertStorableText(value, 'description');
  return value;
}

/** Parses a URN without checking that it is registered, which happens in the database. */
function parseUrn(value: JsonValue | undefined, path: string): string {
  if (typeof value !== 'string' || value.includes('\0')) throw invalid(path, 'must be the URN of a registered schema');
  return value;
}

function parseExtensions(value: JsonValue | undefined): ResourceTypeDeclaration['schemaExtensions'] {
  if (value === undefined || value === null) return [];
  if (!Array.isArray(value) || value.length > MAX_EXTENSIONS) {
    throw invalid('schemaExtensions', `must be a list of at most ${MAX_EXTENSIONS} extensions`);
  }
  return (value as readonly JsonValue[]).map((one, index) => {
    const path = `schemaExtensions.${index}`;
    const extension: JsonObject = isJsonObject(one) ? one : {};
    const required = extension['required'] ?? false;
    if (typeof required !== 'boolean') throw invalid(`${path}.required`, 'must be true or false');
    return { schema: parseUrn(extension['schema'], `${path}.schema`), required };
  });
}

function invalid(path: string, expectation: string): DomainError {
  return new DomainError('INVALID_VALUE', `${path} ${expectation}`, path);
}
