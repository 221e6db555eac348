import { isObject, toList, toText, type Json, type JsonObject } from '../../client/json.js';
import { ProfileError } from '../profile.js';
import { guessType, toSource } from './entra-source.js';
import { listOf } from './closest-name.js';

/** True for the schema of a provisioning job as Entra's portal and Microsoft Graph give it (`synchronizationSchema`). */
export function isSynchronizationSchema(json: Json): json is JsonObject {
  return isObject(json) && Array.isArray(json['synchronizationRules']);
}

/** What is mapped to one kind of object. */
interface ObjectMapping {
  readonly target: string;
  readonly directory: string;
  readonly attributes: readonly JsonObject[];
}

/**
 * The mappings of such a schema, in the shape of JSON: what is enabled there for users and for groups.
 *
 * Of a row's `flowType` nothing is taken: in a rehearsal every value is written whenever it changes. Its `defaultValue`
 * stands for a source without a value, and the people of a rehearsal have them all.
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
  // customappsso names its users after the enterprise extension, and other applications theirs plainly.
  const users = find(/(?:^|:)user$/i, 'users');
  const groups = find(/(?:^|:)group$/i, 'groups');
  if (!users) {
    const targets = all.map(({ mapping }) => toText(mapping['targetObjectName']));
    throw new ProfileError(`${where} has no enabled mapping to users (it maps to ${listOf(targets)})`);
  }
  return { app: users.directory, users: toRows(schema, users), groups: groups ? toRows(schema, groups) : [] };
}

function toRows(schema: JsonObject, { target, directory, attributes }: ObjectMapping): readonly Json[] {
  const types = toTypes(schema, directory, target);
  return attributes
    .filter((mapping) => !isOfRoles(mapping))
    .map((mapping) => {
      const path = toText(mapping['targetAttributeName']);
      const type = types.get(path) ?? guessType(path);
      const priority = Number(mapping['matchingPriority'] ?? 0);
      return { path, type, ...toValue(mapping['source'], type), ...(priority > 0 ? { matching: priority } : {}) };
    });
}

/** An attribute's expression is its name in brackets, and a constant's stands in quotes. */
function toValue(source: Json | undefined, type: string): JsonObject {
  if (!isObject(source)) return {};
  const { name, expression } = source;
  if (source['type'] === 'Attribute') return toSource(toText(name), type);
  if (source['type'] !== 'Constant') return {};
  return toSource(/^".*"$/s.test(toText(expression)) ? toText(expression) : `"${toText(name)}"`, type);
}

/** Whoever has no role gets none of it, and the people of a rehearsal have none. A single role is text, like other text. */
function isOfRoles({ source }: JsonObject): boolean {
  return isObject(source) && /AppRoleAssignmentsComplex\(/i.test(toText(source['expression']));
}

/** The types of an object's attributes, as the schema's list of directories has them. */
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
