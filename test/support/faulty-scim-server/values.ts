import type { FaultName } from './faults.js';
import { Refusal, isObject, type Wire } from './wire.js';

const LISTS = [
  'emails',
  'phonenumbers',
  'addresses',
  'ims',
  'photos',
  'roles',
  'entitlements',
  'x509certificates',
  'members',
];

export function isList(attribute: string, present: Wire): boolean {
  return Array.isArray(present) || LISTS.includes(attribute.toLowerCase());
}

/**
 * The stored form of a value: converts booleans sent as strings, and managers and roles in Entra's forms.
 *
 * @returns undefined for a value that clears the attribute: null, an empty string or an empty list (RFC 7643 §2.5)
 */
export function toValue(attribute: string, value: Wire, faults: ReadonlySet<FaultName>): Wire {
  const name = attribute.toLowerCase();
  if (name === 'active' || name === 'primary') return toBoolean(value, faults);
  if (name === 'manager') return toManager(value);
  if (name === 'roles') return toElements(value).map((one: Wire) => toRole(one, faults));
  if (name === 'members') return toElements(value).map(toMember);
  if (value === '' && faults.has('empty-text-kept')) return ' ';
  if (value === null || value === '') return undefined;
  if (faults.has('values-reformatted') && name === 'phonenumbers') return toElements(value).map(toDigits);
  if (isList(attribute, undefined)) return toElements(value).map(toElement);
  return value;
}

function toBoolean(value: Wire, faults: ReadonlySet<FaultName>): Wire {
  if (value === null || value === '') return undefined;
  if (typeof value === 'boolean' || faults.has('text-boolean-kept')) return value;
  const text = String(value).toLowerCase();
  if (text === 'true' || text === 'false') return text === 'true';
  throw new Refusal(400, `${String(value)} is no boolean`, 'invalidValue');
}

function toManager(value: Wire): Wire {
  const one = Array.isArray(value) ? value[0] : value;
  const id = isObject(one) ? one.value : one;
  return id ? { value: id } : undefined;
}

function toRole(role: Wire, faults: ReadonlySet<FaultName>): Wire {
  const one = toElement(role);
  if (typeof one.value === 'string' && one.value.startsWith('{')) {
    if (faults.has('role-as-json-text-refused')) throw new Refusal(400, 'a role is no JSON text', 'invalidValue');
    const { value, displayName } = JSON.parse(one.value);
    return { ...one, value, display: displayName };
  }
  const { displayName, ...rest } = one;
  return displayName === undefined ? one : { display: displayName, ...rest };
}

function toMember(member: Wire): Wire {
  return { value: isObject(member) ? member.value : member };
}

function toElement(element: Wire): Wire {
  const one = isObject(element) ? element : { value: element };
  return typeof one.primary === 'string' ? { ...one, primary: one.primary.toLowerCase() === 'true' } : one;
}

function toDigits(element: Wire): Wire {
  return { ...toElement(element), value: digitsOf(element.value) };
}

export function digitsOf(value: Wire): Wire {
  return typeof value === 'string' ? value.replace(/\D/g, '') : value;
}

function toElements(value: Wire): Wire[] {
  return Array.isArray(value) ? value : value === null || value === '' || value === undefined ? [] : [value];
}
