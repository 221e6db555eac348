import type { AttributePath, SchemaDeclaration } from '../../domain/schema/attribute.js';
import { findAttributePath, type ResourceSchema } from '../../domain/schema/resource-schema.js';

/**
 * Resolves an attribute path as filters, PATCH and `attributes` write it: `name.familyName`,
 * `urn:ietf:params:scim:schemas:extension:enterprise:2.0:User:manager.value`. Names and URNs match without regard to
 * case (RFC 7643 §2.1). A bare name that the core schema lacks is looked up in the extensions, since Entra writes
 * `manager eq "…"`; it must be declared by just one of them.
 *
 * @returns undefined when no schema of the resource declares it
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
 * The schema whose URN a path begins with. URNs hold dots and colons of their own, and one may begin with another, so
 * the longest that is registered wins; a path is never cut at "the last colon" or "the first dot".
 */
export function findSchemaOfPath(text: string, resource: ResourceSchema): SchemaDeclaration | undefined {
  const lower = text.toLowerCase();
  return [resource.core, ...resource.extensions]
    .filter((schema) => lower.startsWith(`${schema.urn.toLowerCase()}:`))
    .sort((a, b) => b.urn.length - a.urn.length)[0];
}

/** True for text that begins like a URN. No attribute name does, since names hold no colon. */
export function isUrn(text: string): boolean {
  return text.slice(0, 4).toLowerCase() === 'urn:';
}

/** Attribute names may hold dots, sub-attribute names hardly: the whole is tried first, then the last dot. */
function findNames(resource: ResourceSchema, urn: string | undefined, names: string): AttributePath | undefined {
  const whole = findAttributePath(resource, urn, names);
  const dot = names.lastIndexOf('.');
  if (whole || dot < 0) return whole;
  return findAttributePath(resource, urn, names.slice(0, dot), names.slice(dot + 1));
}
