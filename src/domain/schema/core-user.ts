import { attribute, complex, type AttributeDeclaration, type SchemaDeclaration } from './attribute.js';

/** The schema URN of RFC 7643 §4.1. */
export const USER_URN = 'urn:ietf:params:scim:schemas:core:2.0:User';

const display = attribute('display', 'A human-readable name, for display only.');
const primary = attribute('primary', 'True for the preferred element. At most one element is primary.', {
  type: 'boolean',
});

function type(...canonicalValues: string[]): AttributeDeclaration {
  return attribute(
    'type',
    "A label for the element's function.",
    canonicalValues.length > 0 ? { canonicalValues } : {},
  );
}

function plural(
  name: string,
  description: string,
  value: AttributeDeclaration,
  ...types: string[]
): AttributeDeclaration {
  return complex(name, description, [value, display, type(...types), primary], { multiValued: true });
}

/** The core User schema, RFC 7643 §4.1 and §8.7.1, without `password`: Portico stores no passwords. */
export const CORE_USER: SchemaDeclaration = {
  urn: USER_URN,
  name: 'User',
  description: 'User Account',
  attributes: [
    attribute('userName', 'Identifies the user within the directory, without regard to case.', {
      required: true,
      uniqueness: 'server',
    }),
    complex('name', "The components of the user's name.", [
      attribute('formatted', 'The full name, formatted for display.'),
      attribute('familyName', 'The family name, or last name.'),
      attribute('givenName', 'The given name, or first name.'),
      attribute('middleName', 'The middle names.'),
      attribute('honorificPrefix', 'The honorific prefixes, or titles.'),
      attribute('honorificSuffix', 'The honorific suffixes.'),
    ]),
    attribute('displayName', 'The name of the user, suitable for display.'),
    attribute('nickName', 'The casual name of the user.'),
    attribute('profileUrl', "The location of the user's online profile.", {
      type: 'reference',
      referenceTypes: ['external'],
      caseExact: true,
    }),
    attribute('title', 'The title, such as "Vice President".'),
    attribute('userType', 'The relation between the organization and the user, such as "Employee".'),
    attribute('preferredLanguage', 'The preferred languages, as in Accept-Language.'),
    attribute('locale', 'The default location, for localizing currency, dates and numbers.'),
    attribute('timezone', 'The time zone, in the form of the IANA database.'),
    // Clearing it by accident must neither deactivate nor reactivate the user.
    attribute('active', 'Whether the user has access.', {
      type: 'boolean',
      clearable: false,
    }),
    plural('emails', 'E-mail addresses.', attribute('value', 'The address.'), 'work', 'home', 'other'),
    plural(
      'phoneNumbers',
      'Telephone numbers, stored exactly as sent.',
      attribute('value', 'The number.'),
      'work',
      'home',
      'mobile',
      'fax',
      'pager',
      'other',
    ),
    plural(
      'ims',
      'Instant messaging addresses.',
      attribute('value', 'The address.'),
      'aim',
      'gtalk',
      'icq',
      'xmpp',
      'msn',
      'skype',
      'qq',
      'yahoo',
      'other',
    ),
    plural(
      'photos',
      'Pictures of the user, as URLs.',
      attribute('value', 'The URL.', { type: 'reference', referenceTypes: ['external'], caseExact: true }),
      'photo',
      'thumbnail',
    ),
    complex(
      'addresses',
      'Postal addresses.',
      [
        attribute('formatted', 'The full address, formatted for display.'),
        attribute('streetAddress', 'The street address: street name, house number and so on.'),
        attribute('locality', 'The city.'),
        attribute('region', 'The state or region.'),
        attribute('postalCode', 'The postal code.'),
        attribute('country', 'The country.'),
        type('work', 'home', 'other'),
        primary,
      ],
      { multiValued: true },
    ),
    complex(
      'groups',
      'The groups that the user belongs to. They are changed by changing the members of the groups.',
      [
        attribute('value', 'The id of the group.', { mutability: 'readOnly', caseExact: true }),
        attribute('$ref', 'The URI of the group.', {
          type: 'reference',
          referenceTypes: ['Group'],
          mutability: 'readOnly',
          caseExact: true,
          derived: true,
        }),
        attribute('display', 'The name of the group.', { mutability: 'readOnly' }),
        attribute('type', 'The kind of membership.', {
          mutability: 'readOnly',
          canonicalValues: ['direct', 'indirect'],
        }),
      ],
      { multiValued: true, mutability: 'readOnly' },
    ),
    plural('entitlements', 'Entitlements of the user.', attribute('value', 'The entitlement.')),
    plural('roles', 'Roles of the user.', attribute('value', 'The role.')),
    plural(
      'x509Certificates',
      'Certificates of the user.',
      attribute('value', 'A DER certificate in base64.', { type: 'binary', caseExact: true }),
    ),
  ],
};
