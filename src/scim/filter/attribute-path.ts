import type { AttributePath, SchemaDeclaration } from '../../domain/schema/attribute.js';
import { findAttributePath, findSchema, type ResourceSchema } from '../../domain/schema/resource-schema.js';

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
  if (!isUrn(text)) return undefined;
  const [longest] = findPrefixes(text, ':', resource).sort((a, b) => b.urn.length - a.urn.length);
  return longest ?? findSchemaBeforeDot(text, resource);
}

/**
 * The collection of requests that Microsoft publishes has a dot where the colon belongs (`…:enterprise:2.0:User.manager`).
 * URNs and names may hold dots of their own, so a dot is accepted only where it leads to one declared attribute.
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
