import { USER_URN } from '../../client/attribute-path.js';
import { toText, type JsonObject } from '../../client/json.js';
import { findNamed } from '../context/published-attributes.js';

/**
 * Which of the attributes that the web tool does not know are published for users: "The attribute … for User is not
 * supported by the SCIM protocol", it says, and tests nothing.
 *
 * @returns undefined where no schema of users is published
 */
export function publishedDisputed(schemas: readonly JsonObject[]): readonly string[] | undefined {
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
