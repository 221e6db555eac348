import fc from 'fast-check';
import { isJsonObject, type JsonObject, type JsonValue } from '../../src/domain/kernel/json.js';
import { attribute, findAttribute, type AttributeDeclaration } from '../../src/domain/schema/attribute.js';
import type { ResourceSchema } from '../../src/domain/schema/resource-schema.js';

/** A variation of a request body that must not change its effect. */
export interface Noise {
  readonly kind: 'case' | 'blank' | 'blank part' | 'text' | 'read-only' | 'unknown';
  /** The part of the body: its top level or the object of an extension. */
  readonly part: number;
  /** The index of the attribute in that part. */
  readonly nth: number;
  readonly blank: null | '' | 'empty';
}

/** Generates lists of noise, which may be empty. */
export const noises: fc.Arbitrary<readonly Noise[]> = fc.array(
  fc.record({
    kind: fc.constantFrom('case', 'blank', 'blank part', 'text', 'read-only', 'unknown'),
    part: fc.nat(3),
    nth: fc.nat(30),
    blank: fc.constantFrom(null, '', 'empty'),
  }),
  { maxLength: 6 },
);

const EXTERNAL_ID = attribute('externalId', 'Of the client', { caseExact: true });

/** Adds noise to a body. */
export function withNoise(type: ResourceSchema, body: JsonObject, list: readonly Noise[]): JsonObject {
  return list.reduce((noisy, one) => addNoise(type, noisy, one), body);
}

function addNoise(type: ResourceSchema, body: JsonObject, noise: Noise): JsonObject {
  const schema = [type.core, ...type.extensions][noise.part % (type.extensions.length + 1)] ?? type.core;
  if (schema === type.core) {
    const known = [...type.core.attributes, EXTERNAL_ID];
    return { ...disturb(known, body, noise), ...(noise.kind === 'read-only' && READ_ONLY) };
  }
  const [urn = schema.urn, block] =
    Object.entries(body).find(([key]) => key.toLowerCase() === schema.urn.toLowerCase()) ?? [];
  const { [urn]: _block, ...rest } = body;
  const disturbed = disturb(schema.attributes, isJsonObject(block) ? block : {}, noise);
  return { ...rest, [noise.kind === 'case' && noise.nth % 2 === 0 ? inOtherCase(urn) : urn]: disturbed };
}

/** Attributes that are ignored in requests. */
const READ_ONLY: JsonObject = {
  id: 'mine',
  schemas: ['urn:example:any'],
  meta: { resourceType: 'Any', version: 'W/"7"', created: 'yesterday' },
  groups: [{ value: 'any' }],
};

const UNKNOWN: JsonObject = { nonsense: { of: [1] }, password: 'secret', 'urn:example:unknown:2.0:User': {} };

function disturb(known: readonly AttributeDeclaration[], values: JsonObject, noise: Noise): JsonObject {
  const keys = Object.keys(values).filter((key) => findAttribute(known, key));
  const key = keys[noise.nth % Math.max(1, keys.length)];
  const absent = known.filter(({ name, clearable }) => !has(values, name) && clearable !== false && name !== 'members');
  const missing = absent[noise.nth % Math.max(1, absent.length)];
  switch (noise.kind) {
    case 'case': {
      if (key === undefined) return values;
      const { [key]: value, ...rest } = values;
      return value === undefined ? values : { ...rest, [inOtherCase(key)]: value };
    }
    case 'blank':
      return missing ? { ...values, [missing.name]: blankOf(missing, noise.blank) } : values;
    case 'blank part': {
      const declaration = key === undefined ? undefined : findAttribute(known, key);
      const value = key === undefined ? undefined : values[key];
      if (key === undefined || !declaration || value === undefined) return values;
      return { ...values, [key]: withBlankPart(declaration, value, noise) };
    }
    case 'text':
      return mapValues(values, (name, value) => {
        const type = findAttribute(known, name)?.type;
        if (type === 'boolean' && typeof value === 'boolean') return value ? 'True' : 'false';
        const isShort = typeof value === 'number' && /^-?\d{1,15}$/.test(value.toString());
        return isShort && (type === 'integer' || type === 'decimal') ? value.toString() : value;
      });
    case 'unknown':
      return { ...values, ...(known.includes(EXTERNAL_ID) ? UNKNOWN : { nonsense: 1 }) };
    case 'read-only':
      return values;
  }
}

function withBlankPart(declaration: AttributeDeclaration, value: JsonValue, noise: Noise): JsonValue {
  if (Array.isArray(value)) {
    const [first, ...rest] = value as readonly JsonValue[];
    if (declaration.name === 'members' || first === undefined) return value;
    if (noise.nth % 2 === 0)
      return [...(value as readonly JsonValue[]), blankOf({ ...declaration, multiValued: false }, noise.blank)];
    return [withBlankPart({ ...declaration, multiValued: false }, first, noise), ...rest];
  }
  if (!isJsonObject(value)) return value;
  const absent = (declaration.subAttributes ?? []).filter(({ name }) => !has(value, name));
  const missing = absent[noise.nth % Math.max(1, absent.length)];
  return missing ? { ...value, [missing.name]: blankOf(missing, noise.blank) } : value;
}

/** Returns an unassigned value (RFC 7643 §2.5). */
function blankOf({ multiValued, type }: AttributeDeclaration, blank: Noise['blank']): JsonValue {
  if (blank !== 'empty') return blank;
  return multiValued ? [] : type === 'complex' ? {} : null;
}

function has(values: JsonObject, name: string): boolean {
  return Object.keys(values).some((key) => key.toLowerCase() === name.toLowerCase());
}

function inOtherCase(key: string): string {
  return key === key.toUpperCase() ? key.toLowerCase() : key.toUpperCase();
}

function mapValues(object: JsonObject, map: (key: string, value: JsonValue) => JsonValue): JsonObject {
  return Object.fromEntries(Object.entries(object).map(([key, value]) => [key, map(key, value)]));
}
