import { toText, type JsonObject } from '../../client/json.js';
import { USER_URN } from '../../client/urns.js';
import { findNamed } from '../context/published-attributes.js';

/**
 * The published attributes of users that make the web tool refuse the schema: "The attribute … for User is not supported by the
 * SCIM protocol".
 *
 * @returns undefined if no schema of users is published
 */
export function findDisputedAttributes(schemas: readonly JsonObject[]): readonly string[] | undefined {
  const user = schemas.find((one) => toText(one['id']).toLowerCase() === USER_URN.toLowerCase());
  if (!user) return undefined;
  const emails = findNamed(user['attributes'], 'emails');
  return [
    ...(findNamed(user['attributes'], 'password') ? ['password'] : []),
    ...['display', 'primary']
      .filter((part) => findNamed(emails?.['subAttributes'], part))
      .map((part) => `emails.${part}`),
  ];
}
