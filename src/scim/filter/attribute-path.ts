import type { AttributePath, SchemaDeclaration } from '../../domain/schema/attribute.js';
import { findAttributePath, findSchema, type ResourceSchema } from '../../domain/schema/resource-schema.js';

/**
 * Resolves an attribute path of a filter, a PATCH or the `attributes` parameter: `name.familyName`,
 * `urn:ietf:params:scim:schemas:extension:enterprise:2.0:User:manager.value`. Names and URNs match without regard to
 * case (RFC 7643 §2.1). A name without a URN that the core schema does not declare is looked up in the extensions,
 * because Entra sends `manager eq "…"`; exactly one of them must declare it.
 *
 * @returns undefined if no schema of the resource declares it
 */
export function findDeclaredPath(text: string, resource: ResourceSchema): AttributePath | undefined {
  const schema = findSchemaOfPath(text, resource);
  if (schema) return findNames(resource, schema.urn, text.slice(schema.urn.length + 1));
  if (isUrn(text)) return undefined;
  const inCore = findNames(resource, undefined, text);
  if (inCore) return inCore;
  const [found, ...others] = resource.extensions.flatMap((extension) => findNames(resource, extension.urn, text) ?? []);
  return others.length === 0 ? found : undefined;
}

/**
 * Finds the schema whose URN a path begins with. URNs contain colons and dots, and one may be a prefix of another, so
 * the longest registered URN is chosen instead of splitting the path at a colon or dot.
 */
export function findSchemaOfPath(text: string, resource: ResourceSchema): SchemaDeclaration | undefined {
  if (!isUrn(text)) return undefined;
  const [longest] = findPrefixes(text, ':', resource).sort((a, b) => b.urn.length - a.urn.length);
  return longest ?? findSchemaBeforeDot(text, resource);
}

/**
 * Finds the schema of a path with a dot in place of the colon (`…:enterprise:2.0:User.manager`), which the collection
 * of requests that Microsoft publishes has. URNs and names may contain dots, so it is accepted only if it leads to
 * exactly one declared attribute.
 * https://github.com/AzureAD/SCIMReferenceCode/blob/master/SCIM%20Inbound.postman_collection.json
 */
function findSchemaBeforeDot(text: string, resource: ResourceSchema): SchemaDeclaration | undefined {
  if (findSchema(resource, text)) return undefined;
  const [path = ''] = text.split('[', 1);
  const [found, ...others] = findPrefixes(path, '.', resource).filter(({ urn }) =>
    findNames(resource, urn, path.slice(urn.length + 1)),
  );
  return others.length === 0 ? found : undefined;
}

function findPrefixes(text: string, separator: string, { core, extensions }: ResourceSchema): SchemaDeclaration[] {
  const lower = text.toLowerCase();
  return [core, ...extensions].filter(({ urn }) => lower.startsWith(`${urn}${separator}`.toLowerCase()));
}

/** Whether a string begins like a URN. Attribute names contain no colon. */
export function isUrn(text: string): boolean {
  return text.slice(0, 4).toLowerCase() === 'urn:';
}

/**
 * Finds an attribute or sub-attribute. Attribute names may contain dots, so the whole name is tried before it is split
 * at its last dot.
 */
function findNames(resource: ResourceSchema, urn: string | undefined, names: string): AttributePath | undefined {
  const whole = findAttributePath(resource, urn, names);
  const dot = names.lastIndexOf('.');
  if (whole || dot < 0) return whole;
  return findAttributePath(resource, urn, names.slice(0, dot), names.slice(dot + 1));
}
