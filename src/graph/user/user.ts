import { Field, Int, ObjectType } from 'type-graphql';

import { ENTERPRISE_URN } from '../../domain/schema/enterprise-user.js';
import { isJsonObject, type JsonObject } from '../../domain/kernel/json.js';
import type { StoredUser } from '../../domain/user/user-row.js';
import { Node } from '../kernel/node.js';
import { DateTime } from '../kernel/scalars.js';
import type { Plain } from '../kernel/plain-type.js';

@ObjectType({ simpleResolvers: true, description: "The components of a user's name." })
class UserName {
  @Field(() => String, { nullable: true, description: 'The full name, formatted for display.' })
  formatted?: string;

  @Field(() => String, { nullable: true, description: 'The family name, or last name.' })
  familyName?: string;

  @Field(() => String, { nullable: true, description: 'The given name, or first name.' })
  givenName?: string;

  @Field(() => String, { nullable: true, description: 'The middle name or names.' })
  middleName?: string;

  @Field(() => String, { nullable: true, description: 'The honorific prefix or prefixes, such as `Dr.`.' })
  honorificPrefix?: string;

  @Field(() => String, { nullable: true, description: 'The honorific suffix or suffixes, such as `III`.' })
  honorificSuffix?: string;
}

@ObjectType({
  simpleResolvers: true,
  description: 'An element of a multi-valued attribute, such as an e-mail address or a role.',
})
class UserElement {
  @Field(() => String, {
    nullable: true,
    description: 'The value: an address, a number, a URL or a role, for example.',
  })
  value?: string;

  @Field(() => String, { nullable: true, description: 'The human-readable name of the element, for display only.' })
  display?: string;

  @Field(() => String, { nullable: true, description: 'The function of the element, such as `work`.' })
  type?: string;

  @Field(() => Boolean, { nullable: true, description: 'Whether this is the preferred element. True for at most one.' })
  primary?: boolean;
}

@ObjectType({ simpleResolvers: true, description: 'A postal address.' })
class UserAddress {
  @Field(() => String, { nullable: true, description: 'The full address, formatted for display.' })
  formatted?: string;

  @Field(() => String, { nullable: true, description: 'The street address: street name, house number and so on.' })
  streetAddress?: string;

  @Field(() => String, { nullable: true, description: 'The city.' })
  locality?: string;

  @Field(() => String, { nullable: true, description: 'The state or region.' })
  region?: string;

  @Field(() => String, { nullable: true, description: 'The postal code.' })
  postalCode?: string;

  @Field(() => String, { nullable: true, description: 'The country.' })
  country?: string;

  @Field(() => String, { nullable: true, description: 'The function of the address, such as `work`.' })
  type?: string;

  @Field(() => Boolean, { nullable: true, description: 'Whether this is the preferred address. True for at most one.' })
  primary?: boolean;
}

/** The relations (`manager`, `directReports`, `groups`) and `extensions` are fields of the resolvers. */
@ObjectType({
  implements: Node,
  simpleResolvers: true,
  description:
    'A user. Attributes have the names and meanings defined by SCIM (RFC 7643), including the enterprise extension. An ' +
    'attribute without a value is null, or an empty list if it is multi-valued.',
})
export class User extends Node {
  /** Not a field: the ID of the directory, from which relations are loaded. */
  directoryId!: string;

  /** Not a field: the stored attributes, which `extensions` derives from. */
  attributes!: JsonObject;

  /** Not a field: `manager` resolves to the user. */
  managerId!: string | null;

  @Field(() => String, {
    nullable: true,
    description: 'The identifier that the provisioning client assigned to the user. Not necessarily unique.',
  })
  externalId!: string | null;

  @Field(() => String, {
    description: 'The unique name of the user in the directory, compared without regard to case.',
  })
  userName!: string;

  @Field(() => Boolean, { description: 'Whether the user has access.' })
  active!: boolean;

  @Field(() => String, { nullable: true, description: 'The name of the user, for display.' })
  displayName!: string | null;

  @Field(() => UserName, { nullable: true, description: "The components of the user's name." })
  name?: UserName;

  @Field(() => String, { nullable: true, description: 'The casual name of the user.' })
  nickName?: string;

  @Field(() => String, { nullable: true, description: "The URL of the user's online profile." })
  profileUrl?: string;

  @Field(() => String, { nullable: true, description: 'The job title of the user, such as `Vice President`.' })
  title!: string | null;

  @Field(() => String, {
    nullable: true,
    description: 'The relationship of the user to the organization, such as `Employee`.',
  })
  userType?: string;

  @Field(() => String, {
    nullable: true,
    description: 'The preferred languages, in the format of the Accept-Language header.',
  })
  preferredLanguage?: string;

  @Field(() => String, {
    nullable: true,
    description: 'The locale for formatting currencies, dates and numbers, such as `en-US`.',
  })
  locale?: string;

  @Field(() => String, { nullable: true, description: 'The time zone by its IANA name, such as `Europe/Berlin`.' })
  timezone?: string;

  @Field(() => [UserElement], { description: 'The e-mail addresses of the user.' })
  emails!: readonly UserElement[];

  @Field(() => [UserElement], { description: 'The telephone numbers of the user, stored exactly as sent.' })
  phoneNumbers!: readonly UserElement[];

  @Field(() => [UserElement], { description: 'The instant messaging addresses of the user.' })
  ims!: readonly UserElement[];

  @Field(() => [UserElement], { description: 'The URLs of pictures of the user.' })
  photos!: readonly UserElement[];

  @Field(() => [UserAddress], { description: 'The postal addresses of the user.' })
  addresses!: readonly UserAddress[];

  @Field(() => [UserElement], { description: 'The entitlements of the user.' })
  entitlements!: readonly UserElement[];

  @Field(() => [UserElement], { description: 'The roles of the user.' })
  roles!: readonly UserElement[];

  @Field(() => [UserElement], { description: 'The X.509 certificates of the user, base64-encoded.' })
  x509Certificates!: readonly UserElement[];

  @Field(() => String, { nullable: true, description: 'The identifier that the organization assigned to the user.' })
  employeeNumber!: string | null;

  @Field(() => String, { nullable: true, description: 'The name of the cost center.' })
  costCenter?: string;

  @Field(() => String, { nullable: true, description: 'The name of the organization.' })
  organization?: string;

  @Field(() => String, { nullable: true, description: 'The name of the division.' })
  division?: string;

  @Field(() => String, { nullable: true, description: 'The name of the department.' })
  department!: string | null;

  @Field(() => Int, {
    description:
      'The version of the user: 1 when created, incremented by each change. Its ETag in SCIM is `W/"<version>"`.',
  })
  version!: number;

  @Field(() => DateTime, { description: 'The time at which the user was created.' })
  createdAt!: Date;

  @Field(() => DateTime, { description: 'The time at which the user was last changed.' })
  updatedAt!: Date;
}

const NONE: readonly never[] = [];

const NO_ELEMENTS = {
  emails: NONE,
  phoneNumbers: NONE,
  ims: NONE,
  photos: NONE,
  addresses: NONE,
  entitlements: NONE,
  roles: NONE,
  x509Certificates: NONE,
};

/** Converts a user for the default resolvers: columns, core attributes and enterprise attributes in one object. */
export function toUser(row: StoredUser, directoryId: string): Plain<User> {
  const enterprise = row.attributes[ENTERPRISE_URN];
  // The cast is sound: `parseAttributes` accepts only declared attributes of the declared types.
  return {
    ...NO_ELEMENTS,
    ...row.attributes,
    ...(isJsonObject(enterprise) ? enterprise : {}),
    ...row,
    directoryId,
  };
}
