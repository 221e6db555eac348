import { MANAGER_PATH } from '../../client/urns.js';
import type { JsonObject } from '../../client/json.js';
import { ENTRA_ATTRIBUTES } from '../entra-attributes.js';

/** The name of a known attribute in Entra, found without regard to case. */
export function findSource(name: string): string | undefined {
  return ENTRA_ATTRIBUTES.find((one) => one.toLowerCase() === name.toLowerCase());
}

/**
 * Converts the source column of a mapping: an attribute, a quoted constant, or an expression. Unknown attributes of the tenant
 * and expressions, which are not evaluated, are replaced by Entra's default source for the target.
 */
export function toSource(text: string, type: string): JsonObject {
  const constant = /^"(.*)"$|^(true|false)$/is.exec(text);
  if (constant) return { constant: toConstant(constant[1] ?? constant[2] ?? '', type) };
  const source = findSource(text.replace(/^\[(.+)\]$/, '$1'));
  return source === undefined ? {} : { source };
}

/** Entra stores constants as text, regardless of the type of the target. */
function toConstant(text: string, type: string): string | number | boolean {
  if (type === 'Boolean' && /^(?:true|false)$/i.test(text)) return /^true$/i.test(text);
  return type === 'Number' && text.trim() !== '' && Number.isFinite(Number(text)) ? Number(text) : text;
}

/** The type of a target in a table without a type column. */
export function guessType(path: string): string {
  const name = path.toLowerCase();
  if (name === 'active') return 'Boolean';
  return name === 'members' || name === MANAGER_PATH.toLowerCase() ? 'Reference' : 'String';
}
