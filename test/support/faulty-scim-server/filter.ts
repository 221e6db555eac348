import { ENTERPRISE_URN, Refusal, isObject, keyOf, matches, parsePath, type Path, type Wire } from './wire.js';

type Test = (resource: Wire) => boolean;

const TERM = /^\s*([^\s[\]]+(?:\[[^\]]*\])?(?:\.\w+)?)\s+(eq|sw)\s+("(?:[^"\\]|\\.)*"|[^\s"]+)\s*(?:and\b(.*))?$/is;

/** Parses comparisons with `eq` joined by `and`, as Entra and its validators send them, and `sw`. */
export function parseFilter(text: string, isExactUserName: boolean): Test {
  const match = TERM.exec(text);
  if (!match) throw new Refusal(400, `not understood: ${text}`, 'invalidFilter');
  const [, pathText, operator, literal, rest] = match as unknown as [string, string, string, string, string?];
  const path = parsePath(pathText, 'invalidFilter');
  const wanted = toLiteral(literal);
  const isExact = ['id', 'externalid'].includes(path.attribute.toLowerCase());
  const exact = isExact || (isExactUserName && path.attribute.toLowerCase() === 'username');
  const compare = operator.toLowerCase() === 'sw' ? startsWith : isEqual;
  const test: Test = (resource) => valuesAt(resource, path).some((value) => compare(value, wanted, exact));
  if (rest === undefined) return test;
  const others = parseFilter(rest, isExactUserName);
  return (resource) => test(resource) && others(resource);
}

function toLiteral(text: string): Wire {
  if (text.startsWith('"')) return JSON.parse(text);
  return text === 'true' ? true : text === 'false' ? false : text;
}

function isEqual(value: Wire, wanted: Wire, exact: boolean): boolean {
  if (typeof value === 'boolean' && typeof wanted === 'string') return String(value) === wanted.toLowerCase();
  if (typeof value !== 'string' || typeof wanted !== 'string') return value === wanted;
  return exact ? value === wanted : value.toLowerCase() === wanted.toLowerCase();
}

function startsWith(value: Wire, wanted: Wire): boolean {
  return typeof value === 'string' && value.toLowerCase().startsWith(String(wanted).toLowerCase());
}

/** The simple values at a path; a complex attribute without a sub-attribute means its value. */
function valuesAt(resource: Wire, { urn, attribute, where, part }: Path): Wire[] {
  const home = urn === undefined ? resource : resource[keyOf(resource, urn)];
  if (!isObject(home) || attribute === ENTERPRISE_URN) return [];
  const found = [home[keyOf(home, attribute)]].flat().filter((one) => one !== undefined);
  return found
    .filter((one) => where === undefined || matches(one, where))
    .map((one) => (isObject(one) ? one[keyOf(one, part ?? 'value')] : one));
}
