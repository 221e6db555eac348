import { MANAGER_PATH } from '../../client/attribute-path.js';
import type { JsonObject } from '../../client/json.js';
import { ENTRA_ATTRIBUTES } from '../personas.js';

/** An attribute that people have, by its name in any case. */
export function findSource(name: string): string | undefined {
  return ENTRA_ATTRIBUTES.find((one) => one.toLowerCase() === name.toLowerCase());
}

/**
 * What a mapping that an administrator has says of a value, for a row: an attribute, a constant in quotes, or an expression.
 * A tenant has attributes that nobody here has, and expressions that are not evaluated here: what Entra maps to the target by
 * default stands for both.
 */
export function toSource(text: string, type: string): JsonObject {
  const constant = /^"(.*)"$|^(true|false)$/is.exec(text);
  if (constant) return { constant: toConstant(constant[1] ?? constant[2] ?? '', type) };
  const source = findSource(text.replace(/^\[(.+)\]$/, '$1'));
  return source === undefined ? {} : { source };
}

/** Entra holds constants as text, whatever the target's type is. */
function toConstant(text: string, type: string): string | number | boolean {
  if (type === 'Boolean' && /^(?:true|false)$/i.test(text)) return /^true$/i.test(text);
  return type === 'Number' && text.trim() !== '' && Number.isFinite(Number(text)) ? Number(text) : text;
}

/** The type of a target where a table has no column of types. */
export function guessType(path: string): string {
  const name = path.toLowerCase();
  if (name === 'active') return 'Boolean';
  return name === 'members' || name === MANAGER_PATH.toLowerCase() ? 'Reference' : 'String';
}
