import { assignValue, type Draft } from './attribute-path.js';
import type { Json } from './json.js';
import { ADSCIM_GROUP_URN, ENTERPRISE_URN, GROUP_URN, USER_URN } from './urns.js';

/** Values by attribute path: the content of a user or group. */
export type Values = Readonly<Record<string, Json>>;

/** The peculiarities of a user that Entra creates. */
export interface UserBodyOptions {
  /** Names the enterprise schema, as Entra does even when no value of it follows. True by default. */
  readonly withEnterpriseSchema?: boolean;
  /** Includes `roles: []`, as Entra does for a user without roles. */
  readonly withEmptyRoles?: boolean;
}

/** The body of a POST that creates a user. */
export function toUserBody(
  values: Values,
  { withEnterpriseSchema = true, withEmptyRoles = false }: UserBodyOptions = {},
): Draft {
  const body: Draft = {
    schemas: withEnterpriseSchema ? [USER_URN, ENTERPRISE_URN] : [USER_URN],
    ...(withEmptyRoles ? { roles: [] } : {}),
    meta: { resourceType: 'User' },
  };
  return assignAll(body, values);
}

/** The peculiarities of a group that Entra creates. */
export interface GroupBodyOptions {
  /** Names Microsoft's own schema of groups in addition to the core schema. */
  readonly withAdscimSchema?: boolean;
}

/** The body of a POST that creates a group, without members. */
export function toGroupBody(values: Values, { withAdscimSchema = false }: GroupBodyOptions = {}): Draft {
  const schemas = withAdscimSchema ? [GROUP_URN, ADSCIM_GROUP_URN] : [GROUP_URN];
  return assignAll({ schemas, meta: { resourceType: 'Group' } }, values);
}

function assignAll(body: Draft, values: Values): Draft {
  for (const [path, value] of Object.entries(values)) assignValue(body, path, value);
  return body;
}
