import { attribute, complex, type SchemaDeclaration } from './attribute.js';

/** The schema URN of RFC 7643 §4.2. */
export const GROUP_URN = 'urn:ietf:params:scim:schemas:core:2.0:Group';

/** The Group schema, RFC 7643 §4.2. `displayName` is unique because Entra matches groups by it. */
export const CORE_GROUP: SchemaDeclaration = {
  urn: GROUP_URN,
  name: 'Group',
  description: 'Group',
  attributes: [
    attribute('displayName', 'The name of the group, unique in its directory without regard to case.', {
      required: true,
      uniqueness: 'server',
    }),
    complex(
      'members',
      'The members of the group: users and other groups.',
      [
        attribute('value', 'The id of the member.', { mutability: 'immutable', caseExact: true }),
        attribute('$ref', 'The URI of the member.', {
          type: 'reference',
          referenceTypes: ['User', 'Group'],
          mutability: 'immutable',
          caseExact: true,
          derived: true,
        }),
        attribute('type', 'The type of the member.', { mutability: 'immutable', canonicalValues: ['User', 'Group'] }),
        attribute('display', 'The name of the member.', { mutability: 'readOnly' }),
      ],
      { multiValued: true },
    ),
  ],
};
