/** JSON of any shape. */
export type Wire = ReturnType<typeof JSON.parse>;

export type Kind = 'User' | 'Group';

export const USER_URN = 'urn:ietf:params:scim:schemas:core:2.0:User';
export const GROUP_URN = 'urn:ietf:params:scim:schemas:core:2.0:Group';
export const ENTERPRISE_URN = 'urn:ietf:params:scim:schemas:extension:enterprise:2.0:User';

/** The server's own extension, with a list of strings. */
export const DESK_URN = 'urn:ietf:params:scim:schemas:extension:desk:2.0:User';

/** Ends a request with a SCIM error (RFC 7644 §3.12). */
export class Refusal extends Error {
  constructor(
    readonly status: number,
    detail: string,
    readonly scimType?: string,
  ) {
    super(detail);
  }
}

export function isObject(value: Wire): boolean {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/** The key of an attribute in an object; names are case-insensitive (RFC 7643 §2.1). */
export function keyOf(object: Wire, name: string): string {
  return Object.keys(object).find((key) => key.toLowerCase() === name.toLowerCase()) ?? name;
}

/** A parsed path: an attribute, and optionally its URN, a filter on its elements, and a sub-attribute. */
export interface Path {
  readonly urn?: string;
  readonly attribute: string;
  readonly where?: { readonly name: string; readonly value: string | boolean };
  readonly part?: string;
}

const PATH = /^(?:(urn:[\w.:-]+):)?([A-Za-z]\w*)(?:\[(\w+) eq ("(?:[^"\\]|\\.)*"|true|false)\])?(?:\.(\$?\w+))?$/i;

/** @param scimType of the error for an invalid path */
export function parsePath(text: string, scimType: string): Path {
  if (text.toLowerCase() === ENTERPRISE_URN.toLowerCase()) return { attribute: ENTERPRISE_URN };
  const match = PATH.exec(text);
  if (!match) throw new Refusal(400, `${text} is no path`, scimType);
  const [, urn, attribute, name, literal, part] = match;
  const isCore = urn === undefined || [USER_URN, GROUP_URN].some((core) => core.toLowerCase() === urn.toLowerCase());
  // Microsoft's sample writes the manager without its URN.
  const home = attribute?.toLowerCase() === 'manager' ? ENTERPRISE_URN : isCore ? undefined : urn;
  return {
    attribute: attribute!,
    ...(home !== undefined && { urn: home }),
    ...(name !== undefined && { where: { name, value: toCondition(name, JSON.parse(literal!)) } }),
    ...(part !== undefined && { part }),
  };
}

/** Entra quotes the boolean in `roles[primary eq "True"]`. */
function toCondition(name: string, value: string | boolean): string | boolean {
  return name === 'primary' && typeof value === 'string' ? value.toLowerCase() === 'true' : value;
}

export function matches(element: Wire, { name, value }: NonNullable<Path['where']>): boolean {
  const found = element?.[keyOf(element ?? {}, name)];
  if (typeof found === 'string' && typeof value === 'string') return found.toLowerCase() === value.toLowerCase();
  return found === value;
}
