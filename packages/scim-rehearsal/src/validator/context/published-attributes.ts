import { parseAttributePath } from '../../client/attribute-path.js';
import { isObject, toList, toText, type Json, type JsonObject } from '../../client/json.js';
import { toResources } from '../../client/resource.js';
import { ENTERPRISE_URN, MANAGER_PATH, USER_URN } from '../../client/urns.js';
import { DEFAULT_ATTRIBUTES, NAMED_PATHS, SAMPLE_TYPES, type SampleAttribute } from './sample-values.js';

/** The part of `/Schemas` that the checks need. */
export interface PublishedAttributes {
  /** The schemas; empty if they cannot be read. */
  readonly schemas: readonly JsonObject[];
  /** The attributes of users that the checks send in a POST, except `userName`. */
  readonly attributes: readonly SampleAttribute[];
  /** Those that can be changed later. */
  readonly changeable: readonly SampleAttribute[];
  /** Those that can be cleared too: not required, and not an element of a list. */
  readonly optional: readonly SampleAttribute[];
  /** Those that every user must have. */
  readonly required: readonly SampleAttribute[];
  readonly hasManager: boolean;
}

/** A common attribute of all resources, which is not part of any schema (RFC 7643 §3.1). */
const COMMON = 'externalId';

/** Attributes that are maintained by the server, sent by every check anyway, or never sent by Entra. */
const EXCLUDED: readonly string[] = ['id', 'schemas', 'meta', 'username', 'active', 'password'];

/**
 * Reads the published attributes of users. The validators send only these.
 *
 * @param schemasBody the body of `/Schemas`. If it contains no schema of users, Entra's default mapping is assumed
 * @param resourceTypesBody the body of `/ResourceTypes`, which identifies the extensions of users
 */
export function readPublishedAttributes(schemasBody: Json | undefined, resourceTypesBody?: Json): PublishedAttributes {
  const schemas = toObjects(schemasBody);
  if (!findSchema(schemas, USER_URN)) {
    const optional = DEFAULT_ATTRIBUTES.filter(({ path }) => !path.includes('['));
    const [attributes, changeable] = [DEFAULT_ATTRIBUTES, DEFAULT_ATTRIBUTES];
    return { schemas, attributes, changeable, optional, required: [], hasManager: true };
  }
  const candidates = [...NAMED_PATHS, ...listPaths(schemas, extensionsOf(schemas, resourceTypesBody))]
    .filter((path, at, all) => all.findIndex((one) => one.toLowerCase() === path.toLowerCase()) === at)
    .flatMap((path) => toCandidate(path, schemas) ?? []);
  const changeable = candidates.filter(({ isChangeable }) => isChangeable);
  return {
    schemas,
    attributes: candidates.map(({ sample }) => sample),
    changeable: changeable.map(({ sample }) => sample),
    optional: changeable.filter(({ isOptional }) => isOptional).map(({ sample }) => sample),
    required: candidates.filter(({ isRequired }) => isRequired).map(({ sample }) => sample),
    hasManager:
      declarationsAt(schemas, MANAGER_PATH)?.every((one) => characteristicOf(one, 'mutability') !== 'readonly') ??
      false,
  };
}

/** An attribute that can be sent, and whether it can be changed and cleared. */
interface Candidate {
  readonly sample: SampleAttribute;
  readonly isChangeable: boolean;
  readonly isOptional: boolean;
  readonly isRequired: boolean;
}

function toObjects(body: Json | undefined): readonly JsonObject[] {
  return (toResources(body) ?? []).filter(isObject);
}

function findSchema(schemas: readonly JsonObject[], urn: string): JsonObject | undefined {
  return schemas.find((one) => toText(one['id']).toLowerCase() === urn.toLowerCase());
}

/** If no resource type lists the extensions of users, their URNs identify them: Entra requires custom ones to end in `:User`. */
function extensionsOf(schemas: readonly JsonObject[], resourceTypesBody: Json | undefined): readonly string[] {
  const userType = toObjects(resourceTypesBody).find(
    (one) => toText(one['schema']).toLowerCase() === USER_URN.toLowerCase(),
  );
  const extensions = userType
    ? toList(userType['schemaExtensions']).flatMap((one) => (isObject(one) ? [toText(one['schema'])] : []))
    : schemas.map((one) => toText(one['id'])).filter((id) => /:user$/i.test(id));
  return [ENTERPRISE_URN, ...extensions].filter((urn) => urn.toLowerCase() !== USER_URN.toLowerCase());
}

/** The paths of all single-valued attributes of users, and of the sub-attributes of core attributes such as `name`. */
function listPaths(schemas: readonly JsonObject[], extensions: readonly string[]): readonly string[] {
  const listOf = (parent: JsonObject | undefined, key: string) =>
    toList(parent?.[key])
      .filter(isObject)
      .filter((one) => one['multiValued'] !== true);
  const core = listOf(findSchema(schemas, USER_URN), 'attributes').flatMap((one) => [
    toText(one['name']),
    ...listOf(one, 'subAttributes').map((part) => `${toText(one['name'])}.${toText(part['name'])}`),
  ]);
  const extended = extensions.flatMap((urn) =>
    listOf(findSchema(schemas, urn), 'attributes').map((one) => `${urn}:${toText(one['name'])}`),
  );
  // Entra's mapping editor does not accept every URN.
  return [...core, ...extended].filter((path) => parseAttributePath(path) !== undefined);
}

function toCandidate(path: string, schemas: readonly JsonObject[]): Candidate | undefined {
  if (path === COMMON) {
    const sample: SampleAttribute = { path, type: 'string', canonicalValues: [], isUnique: false };
    return { sample, isChangeable: true, isOptional: true, isRequired: false };
  }
  const declarations = declarationsAt(schemas, path);
  const last = declarations?.at(-1);
  if (!declarations || !last || EXCLUDED.includes(path.toLowerCase())) return undefined;
  // An attribute with sub-attributes is complex, whatever type it declares.
  if (toList(last['subAttributes']).length > 0) return undefined;
  const type = SAMPLE_TYPES.find((one) => one.toLowerCase() === (characteristicOf(last, 'type') ?? 'string'));
  const isShown = declarations.every((one) => !['never', 'request'].includes(characteristicOf(one, 'returned') ?? ''));
  const isWritable = declarations.every(
    (one) => !['readonly', 'writeonly'].includes(characteristicOf(one, 'mutability') ?? ''),
  );
  if (!type || !isShown || !isWritable) return undefined;
  const canonicalValues = toList(last['canonicalValues']).filter((one) => typeof one === 'string');
  const isUnique = ['server', 'global'].includes(characteristicOf(last, 'uniqueness') ?? '');
  return {
    sample: { path, type, canonicalValues, isUnique },
    isChangeable: declarations.every((one) => characteristicOf(one, 'mutability') !== 'immutable'),
    // A required sub-attribute cannot be removed while other ones of its complex value remain.
    isOptional: !path.includes('[') && last['required'] !== true,
    isRequired: declarations.every((one) => one['required'] === true),
  };
}

/** The declarations of the attribute and sub-attribute in a path; undefined if one is missing. */
function declarationsAt(schemas: readonly JsonObject[], text: string): readonly JsonObject[] | undefined {
  const path = parseAttributePath(text);
  const attribute = findNamed(findSchema(schemas, path?.urn ?? USER_URN)?.['attributes'], path?.attribute);
  if (!path || !attribute) return undefined;
  if (path.where && !accepts(findNamed(attribute['subAttributes'], path.where.name), path.where.text)) return undefined;
  if (path.subAttribute === undefined) return [attribute];
  const part = findNamed(attribute['subAttributes'], path.subAttribute);
  return part && [attribute, part];
}

/** True if the sub-attribute exists and its canonical values, if any, include the value. */
function accepts(declaration: JsonObject | undefined, value: string): boolean {
  if (!declaration) return false;
  const canonicalValues = toList(declaration['canonicalValues']).map((one) => toText(one).toLowerCase());
  return canonicalValues.length === 0 || canonicalValues.includes(value.toLowerCase());
}

/** A characteristic in lower case; the check Schema_Discoverability is about the case. */
function characteristicOf(declaration: JsonObject, characteristic: string): string | undefined {
  const value = declaration[characteristic];
  return typeof value === 'string' ? value.toLowerCase() : undefined;
}

/** Finds the declaration of an attribute or sub-attribute. Names are case-insensitive (RFC 7643 §2.1). */
export function findNamed(attributes: Json | undefined, name: string | undefined): JsonObject | undefined {
  return toList(attributes)
    .filter(isObject)
    .find((one) => toText(one['name']).toLowerCase() === name?.toLowerCase());
}
