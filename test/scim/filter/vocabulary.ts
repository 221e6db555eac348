import type { AttributeDeclaration, AttributePath } from '../../../src/domain/schema/attribute.js';
import { COMMON_ATTRIBUTES, type ResourceSchema } from '../../../src/domain/schema/resource-schema.js';

/** The attribute paths of a filter, by their text in lower case. */
export type Vocabulary = ReadonlyMap<string, AttributePath>;

/**
 * Returns all paths of the filters of a type: each with its URN, and without it for the core schema and for names of an
 * extension that neither the core schema nor another extension has.
 */
export function vocabularyOf({ core, extensions }: ResourceSchema): Vocabulary {
  const ofCore = pathsOf(core.urn, [...COMMON_ATTRIBUTES, ...core.attributes]);
  const ofExtensions = extensions.flatMap(({ urn, attributes }) => pathsOf(urn, attributes));
  const vocabulary = new Map<string, AttributePath>();
  for (const path of [...ofCore, ...ofExtensions]) vocabulary.set(`${path.urn}:${bare(path)}`.toLowerCase(), path);
  for (const [name, paths] of Map.groupBy(ofExtensions, bare)) {
    if (paths.length === 1 && paths[0]) vocabulary.set(name, paths[0]);
  }
  for (const path of ofCore) vocabulary.set(bare(path), path);
  return vocabulary;
}

function pathsOf(urn: string, attributes: readonly AttributeDeclaration[]): AttributePath[] {
  return attributes.flatMap((attribute) => [
    { urn, attribute },
    ...(attribute.subAttributes ?? []).map((subAttribute) => ({ urn, attribute, subAttribute })),
  ]);
}

function bare({ attribute, subAttribute }: AttributePath): string {
  return (subAttribute ? `${attribute.name}.${subAttribute.name}` : attribute.name).toLowerCase();
}

/** Returns the paths inside the brackets of a value path. Elements of a simple attribute have only a `value`. */
export function vocabularyWithin(path: AttributePath | undefined): Vocabulary {
  if (!path) return new Map();
  const { urn, attribute } = path;
  const parts = attribute.subAttributes ?? [];
  if (parts.length === 0) return new Map([['value', { urn, attribute }]]);
  return new Map(parts.map((subAttribute) => [subAttribute.name.toLowerCase(), { urn, attribute, subAttribute }]));
}
