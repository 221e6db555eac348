import type { FaultName } from './faults.js';
import { isList, toValue } from './values.js';
import { ENTERPRISE_URN, GROUP_URN, Refusal, isObject, type Kind, type Wire } from './wire.js';

/** Converts the body of a POST to the stored resource, without read-only attributes and empty values. */
export function toResource(kind: Kind, body: Wire, faults: ReadonlySet<FaultName>): Wire {
  if (!isObject(body)) throw new Refusal(400, 'no resource', 'invalidSyntax');
  refuseBody(kind, body, faults);
  const resource: Wire = {};
  for (const [key, value] of Object.entries<Wire>(body)) {
    if (['id', 'meta'].includes(key)) continue;
    if (key === 'manager' && value !== null) (resource[ENTERPRISE_URN] ??= {}).manager = toManager(value, faults);
    else resource[key] = isObject(value) ? toComplex(value, faults) : toValue(key, value, faults);
    const isEmptyList = isList(key, undefined) && resource[key]?.length === 0;
    if (resource[key] === undefined || isEmptyList) Reflect.deleteProperty(resource, key);
  }
  if (faults.has('enterprise-extension-dropped')) Reflect.deleteProperty(resource, ENTERPRISE_URN);
  return resource;
}

function refuseBody(kind: Kind, { schemas = [], roles }: Wire, faults: ReadonlySet<FaultName>): void {
  const isForeign = schemas.some((urn: string) => urn !== GROUP_URN);
  const refused =
    kind === 'Group'
      ? faults.has('group-post-refused') || (faults.has('group-schema-refused') && isForeign)
      : faults.has('post-refused') ||
        (faults.has('empty-roles-refused') && Array.isArray(roles) && roles.length === 0) ||
        (faults.has('enterprise-schema-refused') && schemas.includes(ENTERPRISE_URN));
  if (refused) throw new Refusal(400, 'not like this', 'invalidValue');
}

function toComplex(value: Wire, faults: ReadonlySet<FaultName>): Wire {
  const parts = Object.entries<Wire>(value)
    .map(([key, one]) => [key, key === 'manager' ? toManager(one, faults) : toValue(key, one, faults)] as const)
    .filter(([, one]) => one !== undefined);
  return parts.length > 0 ? Object.fromEntries(parts) : undefined;
}

function toManager(value: Wire, faults: ReadonlySet<FaultName>): Wire {
  const isText = typeof value === 'string' && faults.has('manager-text-refused-in-post');
  if (isText || faults.has('manager-refused')) throw new Refusal(400, 'not such a manager', 'invalidValue');
  return toValue('manager', value, faults);
}
