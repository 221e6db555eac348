import { ENTERPRISE_URN, MANAGER_PATH, USER_URN, parseAttributePath } from '../../client/attribute-path.js';
import { isObject, toList, toText, type Json, type JsonObject } from '../../client/json.js';
import { NAMED_PATHS, SAMPLE_TYPES, USUAL_ATTRIBUTES, type SampleAttribute } from './sample-values.js';

/** What the endpoint says of itself in `/Schemas`, as far as the checks need it. */
export interface Published {
  /** The schemas themselves; empty when they cannot be read. */
  readonly schemas: readonly JsonObject[];
  /** The attributes of users that the checks send at creation, `userName` apart. */
  readonly attributes: readonly SampleAttribute[];
  /** Those of them that may be changed later. */
  readonly changeable: readonly SampleAttribute[];
  /** Those of them that may be emptied too: one plain value, not required. */
  readonly optional: readonly SampleAttribute[];
  /** Those that every user must have. */
  readonly needed: readonly SampleAttribute[];
  readonly hasManager: boolean;
}

/** `externalId` belongs to every resource (RFC 7643 §3.1), hence to no schema. */
const COMMON = 'externalId';

/** Never sent as one of many: the server's own, what every check sends anyway, and what Entra never sends. */
const LEFT_OUT: readonly string[] = ['id', 'schemas', 'meta', 'username', 'active', 'password'];

/**
 * What an answer of `/Schemas` publishes for users. The validators send only what is there.
 *
 * @param schemasBody undefined or no list of schemas: then what Entra maps by default is taken to be there
 * @param resourceTypesBody what `/ResourceTypes` answers, which tells the extensions of users from others
 */
export function readPublished(schemasBody: Json | undefined, resourceTypesBody?: Json): Published {
  const schemas = toResources(schemasBody);
  if (!findSchema(schemas, USER_URN)) {
    const optional = USUAL_ATTRIBUTES.filter(({ path }) => !path.includes('['));
    const [attributes, changeable] = [USUAL_ATTRIBUTES, USUAL_ATTRIBUTES];
    return { schemas, attributes, changeable, optional, needed: [], hasManager: true };
  }
  const found = [...NAMED_PATHS, ...listPaths(schemas, extensionsOf(schemas, resourceTypesBody))]
    .filter((path, at, all) => all.findIndex((one) => one.toLowerCase() === path.toLowerCase()) === at)
    .flatMap((path) => toFound(path, schemas) ?? []);
  const changeable = found.filter(({ isChangeable }) => isChangeable);
  return {
    schemas,
    attributes: found.map(({ sample }) => sample),
    changeable: changeable.map(({ sample }) => sample),
    optional: changeable.filter(({ isOptional }) => isOptional).map(({ sample }) => sample),
    needed: found.filter(({ isNeeded }) => isNeeded).map(({ sample }) => sample),
    hasManager:
      declarationsAt(schemas, MANAGER_PATH)?.every((one) => saysOf(one, 'mutability') !== 'readonly') ?? false,
  };
}

/** An attribute that can be sent, and what may be done to it afterwards. */
interface Found {
  readonly sample: SampleAttribute;
  readonly isChangeable: boolean;
  readonly isOptional: boolean;
  readonly isNeeded: boolean;
}

function toResources(body: Json | undefined): readonly JsonObject[] {
  return toList(isObject(body) ? body['Resources'] : body).filter(isObject);
}

function findSchema(schemas: readonly JsonObject[], urn: string): JsonObject | undefined {
  return schemas.find((one) => toText(one['id']).toLowerCase() === urn.toLowerCase());
}

/** Where no resource type says which schemas extend users, their names do: Entra wants custom ones to end in `:User`. */
function extensionsOf(schemas: readonly JsonObject[], resourceTypesBody: Json | undefined): readonly string[] {
  const ofUsers = toResources(resourceTypesBody).find(
    (one) => toText(one['schema']).toLowerCase() === USER_URN.toLowerCase(),
  );
  const named = ofUsers
    ? toList(ofUsers['schemaExtensions']).flatMap((one) => (isObject(one) ? [toText(one['schema'])] : []))
    : schemas.map((one) => toText(one['id'])).filter((id) => /:user$/i.test(id));
  return [ENTERPRISE_URN, ...named].filter((urn) => urn.toLowerCase() !== USER_URN.toLowerCase());
}

/** The paths of everything single-valued that users have; of complex values only parts of the core's, such as `name`. */
function listPaths(schemas: readonly JsonObject[], extensions: readonly string[]): readonly string[] {
  const listOf = (parent: JsonObject | undefined, key: string) =>
    toList(parent?.[key])
      .filter(isObject)
      .filter((one) => one['multiValued'] !== true);
  const core = listOf(findSchema(schemas, USER_URN), 'attributes').flatMap((one) => [
    toText(one['name']),
    ...listOf(one, 'subAttributes').map((part) => `${toText(one['name'])}.${toText(part['name'])}`),
  ]);
  const further = extensions.flatMap((urn) =>
    listOf(findSchema(schemas, urn), 'attributes').map((one) => `${urn}:${toText(one['name'])}`),
  );
  // Of a schema whose URN Entra's mapping editor would not take nothing can be mapped.
  return [...core, ...further].filter((path) => parseAttributePath(path) !== undefined);
}

function toFound(path: string, schemas: readonly JsonObject[]): Found | undefined {
  if (path === COMMON) {
    const sample: SampleAttribute = { path, type: 'string', canonicalValues: [], isUnique: false };
    return { sample, isChangeable: true, isOptional: true, isNeeded: false };
  }
  const declarations = declarationsAt(schemas, path);
  const last = declarations?.at(-1);
  if (!declarations || !last || LEFT_OUT.includes(path.toLowerCase())) return undefined;
  // What has parts is complex, whatever it says.
  if (toList(last['subAttributes']).length > 0) return undefined;
  const type = SAMPLE_TYPES.find((one) => one.toLowerCase() === (saysOf(last, 'type') ?? 'string'));
  const isShown = declarations.every((one) => !['never', 'request'].includes(saysOf(one, 'returned') ?? ''));
  const isWritable = declarations.every((one) => !['readonly', 'writeonly'].includes(saysOf(one, 'mutability') ?? ''));
  if (!type || !isShown || !isWritable) return undefined;
  const canonicalValues = toList(last['canonicalValues']).filter((one) => typeof one === 'string');
  const isUnique = ['server', 'global'].includes(saysOf(last, 'uniqueness') ?? '');
  return {
    sample: { path, type, canonicalValues, isUnique },
    isChangeable: declarations.every((one) => saysOf(one, 'mutability') !== 'immutable'),
    // A part that its complex value must have cannot go while others of it stay.
    isOptional: !path.includes('[') && last['required'] !== true,
    isNeeded: declarations.every((one) => one['required'] === true),
  };
}

/** The declarations that a path leads through, or undefined when it leads nowhere. */
function declarationsAt(schemas: readonly JsonObject[], text: string): readonly JsonObject[] | undefined {
  const path = parseAttributePath(text);
  const attribute = findNamed(findSchema(schemas, path?.urn ?? USER_URN)?.['attributes'], path?.attribute);
  if (!path || !attribute) return undefined;
  if (path.where && !takes(findNamed(attribute['subAttributes'], path.where.name), path.where.text)) return undefined;
  if (path.subAttribute === undefined) return [attribute];
  const part = findNamed(attribute['subAttributes'], path.subAttribute);
  return part && [attribute, part];
}

/** Whether there is such a sub-attribute at all, and its published values have the one that a filter names. */
function takes(declaration: JsonObject | undefined, value: string): boolean {
  if (!declaration) return false;
  const canonicalValues = toList(declaration['canonicalValues']).map((one) => toText(one).toLowerCase());
  return canonicalValues.length === 0 || canonicalValues.includes(value.toLowerCase());
}

/** Letter case is Schema_Discoverability's to judge. */
function saysOf(declaration: JsonObject, characteristic: string): string | undefined {
  const value = declaration[characteristic];
  return typeof value === 'string' ? value.toLowerCase() : undefined;
}

/** One attribute or sub-attribute of a list, by its name in any case (RFC 7643 §2.1). */
export function findNamed(attributes: Json | undefined, name: string | undefined): JsonObject | undefined {
  return toList(attributes)
    .filter(isObject)
    .find((one) => toText(one['name']).toLowerCase() === name?.toLowerCase());
}
