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

  @Field(() => String, { nullable: true, description: 'The middle names.' })
  middleName?: string;

  @Field(() => String, { nullable: true, description: 'The honorific prefixes, or titles.' })
  honorificPrefix?: string;

  @Field(() => String, { nullable: true, description: 'The honorific suffixes.' })
  honorificSuffix?: string;
}

@ObjectType({
  simpleResolvers: true,
  description: 'One element of a multi-valued attribute, such as an e-mail address or a role.',
})
class UserElement {
  @Field(() => String, { nullable: true, description: 'The value itself: an address, a number, a URL, a role.' })
  value?: string;

  @Field(() => String, { nullable: true, description: 'A name for people, for display only.' })
  display?: string;

  @Field(() => String, { nullable: true, description: 'What the element is for, such as `work`.' })
  type?: string;

  @Field(() => Boolean, { nullable: true, description: 'True for the preferred element; at most one is.' })
  primary?: boolean;
}

@ObjectType({ simpleResolvers: true, description: 'A postal address.' })
class UserAddress {
  @Field(() => String, { nullable: true, description: 'The full address, formatted for display.' })
  formatted?: string;

  @Field(() => String, { nullable: true, description: 'Street name, house number and the like.' })
  streetAddress?: string;

  @Field(() => String, { nullable: true, description: 'The city.' })
  locality?: string;

  @Field(() => String, { nullable: true, description: 'The state or region.' })
  region?: string;

  @Field(() => String, { nullable: true, description: 'The postal code.' })
  postalCode?: string;

  @Field(() => String, { nullable: true, description: 'The country.' })
  country?: string;

  @Field(() => String, { nullable: true, description: 'What the address is for, such as `work`.' })
  type?: string;

  @Field(() => Boolean, { nullable: true, description: 'True for the preferred address; at most one is.' })
  primary?: boolean;
}

/** Relations (`manager`, `directReports`, `groups`) and `extensions` are fields of the resolver. */
@ObjectType({
  implements: Node,
  simpleResolvers: true,
  description: 'A user. Attributes have the names and meanings of SCIM (RFC 7643), the enterprise extension included.',
})
export class User extends Node {
  /** Not a field: the directory that relations are read from. */
  directoryId!: string;

  /** Not a field: the stored tree, from which `extensions` are taken. */
  attributes!: JsonObject;

  /** Not a field: `manager` shows the user itself. */
  managerId!: string | null;

  @Field(() => String, {
    nullable: true,
    description: 'The identifier that the provisioning client gave the user. Not unique.',
  })
  externalId!: string | null;

  @Field(() => String, { description: 'Identifies the user within the directory, without regard to case.' })
  userName!: string;

  @Field(() => Boolean, { description: 'Whether the user may use the services of the directory.' })
  active!: boolean;

  @Field(() => String, { nullable: true, description: 'The name of the user, suitable for display.' })
  displayName!: string | null;

  @Field(() => UserName, { nullable: true, description: "The components of the user's name." })
  name?: UserName;

  @Field(() => String, { nullable: true, description: 'The casual name of the user.' })
  nickName?: string;

  @Field(() => String, { nullable: true, description: "The location of the user's online profile, a URL." })
  profileUrl?: string;

  @Field(() => String, { nullable: true, description: 'The title, such as "Vice President".' })
  title!: string | null;

  @Field(() => String, { nullable: true, description: 'The relation to the organization, such as "Employee".' })
  userType?: string;

  @Field(() => String, { nullable: true, description: 'The preferred languages, as in Accept-Language.' })
  preferredLanguage?: string;

  @Field(() => String, { nullable: true, description: 'The default location, for currency, dates and numbers.' })
  locale?: string;

  @Field(() => String, { nullable: true, description: 'The time zone, in the form of the IANA database.' })
  timezone?: string;

  @Field(() => [UserElement], { description: 'E-mail addresses.' })
  emails!: readonly UserElement[];

  @Field(() => [UserElement], { description: 'Telephone numbers, exactly as they were sent.' })
  phoneNumbers!: readonly UserElement[];

  @Field(() => [UserElement], { description: 'Instant messaging addresses.' })
  ims!: readonly UserElement[];

  @Field(() => [UserElement], { description: 'Pictures of the user, as URLs.' })
  photos!: readonly UserElement[];

  @Field(() => [UserAddress], { description: 'Postal addresses.' })
  addresses!: readonly UserAddress[];

  @Field(() => [UserElement], { description: 'Entitlements of the user.' })
  entitlements!: readonly UserElement[];

  @Field(() => [UserElement], { description: 'Roles of the user.' })
  roles!: readonly UserElement[];

  @Field(() => [UserElement], { description: 'Certificates of the user, in base64.' })
  x509Certificates!: readonly UserElement[];

  @Field(() => String, { nullable: true, description: 'The identifier that the organization gave the user.' })
  employeeNumber!: string | null;

  @Field(() => String, { nullable: true, description: 'The name of a cost center.' })
  costCenter?: string;

  @Field(() => String, { nullable: true, description: 'The name of an organization.' })
  organization?: string;

  @Field(() => String, { nullable: true, description: 'The name of a division.' })
  division?: string;

  @Field(() => String, { nullable: true, description: 'The name of a department.' })
  department!: string | null;

  @Field(() => Int, { description: 'Counts the changes of the user, from 1. The ETag in SCIM is `W/"n"`.' })
  version!: number;

  @Field(() => DateTime, { description: 'When the user was created.' })
  createdAt!: Date;

  @Field(() => DateTime, { description: 'When the user was changed last.' })
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

/** A user as the default resolvers read it: columns, core attributes and those of the enterprise extension side by side. */
export function toUser(row: StoredUser, directoryId: string): Plain<User> {
  const enterprise = row.attributes[ENTERPRISE_URN];
  // The cast is sound: `parseAttributes` lets through nothing but declared attributes of the declared types.
  return {
    ...NO_ELEMENTS,
    ...row.attributes,
    ...(isJsonObject(enterprise) ? enterprise : {}),
    ...row,
    directoryId,
  };
}
