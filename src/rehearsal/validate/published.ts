import { ENTERPRISE_URN, MANAGER_PATH, USER_URN, parseAttributePath } from '../attribute-path.js';
import { isObject, toList, toText, type Json, type JsonObject } from '../json.js';
import { SAMPLE_PATHS } from './sample.js';

/** What the endpoint says of itself in `/Schemas`, as far as the checks need it. */
export interface Published {
  /** The sample paths that users have. */
  readonly paths: readonly string[];
  /** Those of them that may be emptied: one plain value, not required. */
  readonly optional: readonly string[];
  /** Those that every user must have. */
  readonly needed: readonly string[];
  readonly hasManager: boolean;
}

/** `externalId` belongs to every resource (RFC 7643 §3.1), hence to no schema. */
const COMMON = ['externalId'];

/**
 * What an answer of `/Schemas` publishes. The validators send only what is there.
 *
 * @param body undefined or no list of schemas: then everything that the checks have samples of is taken to be there
 */
export function readPublished(body: Json | undefined): Published {
  const schemas = toList(isObject(body) ? body['Resources'] : body).filter(isObject);
  const find = (urn: string) => schemas.find((one) => toText(one['id']).toLowerCase() === urn.toLowerCase());
  const user = find(USER_URN);
  if (!user) {
    const optional = SAMPLE_PATHS.filter((path) => !path.includes('['));
    return { paths: SAMPLE_PATHS, optional, needed: [], hasManager: true };
  }
  const paths = SAMPLE_PATHS.filter((path) => COMMON.includes(path) || findDeclarations(path, find).isWritable);
  return {
    paths,
    optional: paths.filter((path) => !path.includes('[') && !findDeclarations(path, find).isRequired),
    needed: paths.filter((path) => findDeclarations(path, find).isRequired),
    hasManager: findDeclarations(MANAGER_PATH, find).isWritable,
  };
}

function findDeclarations(
  text: string,
  find: (urn: string) => JsonObject | undefined,
): { readonly isWritable: boolean; readonly isRequired: boolean } {
  const path = parseAttributePath(text);
  const attribute = findNamed(
    find(path?.urn === ENTERPRISE_URN ? ENTERPRISE_URN : USER_URN)?.['attributes'],
    path?.attribute,
  );
  const part =
    path?.subAttribute === undefined ? attribute : findNamed(attribute?.['subAttributes'], path.subAttribute);
  const both = [attribute, part];
  return {
    isWritable: both.every((one) => one !== undefined && one['mutability'] !== 'readOnly'),
    isRequired: both.every((one) => one?.['required'] === true),
  };
}

function findNamed(attributes: Json | undefined, name: string | undefined): JsonObject | undefined {
  return toList(attributes)
    .filter(isObject)
    .find((one) => toText(one['name']).toLowerCase() === name?.toLowerCase());
}
