import { isObject, toList, toText, type Json, type JsonObject } from '../../client/json.js';
import { ProfileError } from '../profile.js';
import { guessType, toSource } from './entra-source.js';
import { listNames } from './closest-name.js';

/** True for the schema of a provisioning job from Entra's portal or Microsoft Graph (`synchronizationSchema`). */
export function isSynchronizationSchema(json: Json): json is JsonObject {
  return isObject(json) && Array.isArray(json['synchronizationRules']);
}

/** The mapping to one type of object. */
interface ObjectMapping {
  readonly target: string;
  readonly directory: string;
  readonly attributes: readonly JsonObject[];
}

/**
 * Converts the enabled mappings of users and groups to the JSON format.
 *
 * `flowType` is ignored, since a rehearsal writes a value whenever it changes; so is `defaultValue`, since every source
 * attribute has a value.
 *
 * @throws ProfileError
 */
export function toMapping(schema: JsonObject, where: string): JsonObject {
  const all = toObjects(schema['synchronizationRules']).flatMap((rule) =>
    toObjects(rule['objectMappings']).map((mapping) => ({ rule, mapping, isEnabled: mapping['enabled'] !== false })),
  );
  const find = (kind: RegExp, what: string): ObjectMapping | undefined => {
    const found = all.filter(({ mapping, isEnabled }) => isEnabled && kind.test(toText(mapping['targetObjectName'])));
    if (found.length > 1) throw new ProfileError(`${where} maps ${what} more than once: leave one mapping enabled`);
    return found.map(({ rule, mapping }) => ({
      target: toText(mapping['targetObjectName']),
      directory: toText(rule['targetDirectoryName']),
      attributes: toObjects(mapping['attributeMappings']),
    }))[0];
  };
  // customappsso names the target object after the URN of the enterprise extension, other applications just User.
  const users = find(/(?:^|:)user$/i, 'users');
  const groups = find(/(?:^|:)group$/i, 'groups');
  if (!users) {
    const targets = all.map(({ mapping }) => toText(mapping['targetObjectName']));
    throw new ProfileError(`${where} has no enabled mapping to users (it maps to ${listNames(targets)})`);
  }
  return { app: users.directory, users: toRows(schema, users), groups: groups ? toRows(schema, groups) : [] };
}

function toRows(schema: JsonObject, { target, directory, attributes }: ObjectMapping): readonly Json[] {
  const types = toTypes(schema, directory, target);
  return attributes
    .filter((mapping) => !isRoleList(mapping))
    .map((mapping) => {
      const path = toText(mapping['targetAttributeName']);
      const type = types.get(path) ?? guessType(path);
      const priority = Number(mapping['matchingPriority'] ?? 0);
      return { path, type, ...toValue(mapping['source'], type), ...(priority > 0 ? { matching: priority } : {}) };
    });
}

/** The expression of an attribute is its name in brackets, and the one of a constant is its value in quotes. */
function toValue(source: Json | undefined, type: string): JsonObject {
  if (!isObject(source)) return {};
  const { name, expression } = source;
  if (source['type'] === 'Attribute') return toSource(toText(name), type);
  if (source['type'] !== 'Constant') return {};
  return toSource(/^".*"$/s.test(toText(expression)) ? toText(expression) : `"${toText(name)}"`, type);
}

/** Skipped, since the users of a rehearsal have no roles and Entra then writes none. A single role is plain text. */
function isRoleList({ source }: JsonObject): boolean {
  return isObject(source) && /AppRoleAssignmentsComplex\(/i.test(toText(source['expression']));
}

/** The types of an object's attributes, from the schema's list of directories. */
function toTypes(schema: JsonObject, directory: string, target: string): ReadonlyMap<string, string> {
  const attributes = toObjects(schema['directories'])
    .filter(({ name }) => name === directory)
    .flatMap(({ objects }) => toObjects(objects))
    .filter(({ name }) => name === target)
    .flatMap((one) => toObjects(one['attributes']));
  return new Map(attributes.map((one) => [toText(one['name']), toType(one)]));
}

function toType({ type, multivalued }: JsonObject): string {
  if (type === 'Reference' || type === 'Boolean') return type;
  if (type === 'Integer') return 'Number';
  return multivalued === true ? 'Array' : 'String';
}

function toObjects(json: Json | undefined): readonly JsonObject[] {
  return toList(json).filter(isObject);
}
