import { Field, ID, InputType, Int } from 'type-graphql';
import type { JsonValue } from '../../domain/kernel/json.js';
import { ENTERPRISE_URN } from '../../domain/schema/enterprise-user.js';
import { USER_SCHEMA } from '../../domain/schema/resource-schema.js';
import type { InputFields } from '../input/attribute-input.js';
import { pathOf } from '../input/filter-input.js';
import { ChangeInput, DirectoryInput } from '../input/mutation-input.js';
import { Json } from '../kernel/scalars.js';

@InputType({
  description:
    "The components of a user's name. In `updateUser` an absent component keeps its value, null clears it, and an " +
    'empty object changes nothing.',
})
class UserNameInput {
  @Field(() => String, { nullable: true, description: 'The full name, formatted for display.' })
  formatted?: string | null;

  @Field(() => String, { nullable: true, description: 'The family name, or last name.' })
  familyName?: string | null;

  @Field(() => String, { nullable: true, description: 'The given name, or first name.' })
  givenName?: string | null;

  @Field(() => String, { nullable: true, description: 'The middle name or names.' })
  middleName?: string | null;

  @Field(() => String, { nullable: true, description: 'The honorific prefix or prefixes, such as `Dr.`.' })
  honorificPrefix?: string | null;

  @Field(() => String, { nullable: true, description: 'The honorific suffix or suffixes, such as `III`.' })
  honorificSuffix?: string | null;
}

@InputType({ description: 'An element of a multi-valued attribute.' })
class UserElementInput {
  @Field(() => String, {
    nullable: true,
    description: 'The value: an address, a number, a URL or a role, for example.',
  })
  value?: string | null;

  @Field(() => String, { nullable: true, description: 'The human-readable name of the element, for display only.' })
  display?: string | null;

  @Field(() => String, { nullable: true, description: 'The function of the element, such as `work`.' })
  type?: string | null;

  @Field(() => Boolean, { nullable: true, description: 'Whether this is the preferred element. True for at most one.' })
  primary?: boolean | null;
}

@InputType({ description: 'A postal address.' })
class UserAddressInput {
  @Field(() => String, { nullable: true, description: 'The full address, formatted for display.' })
  formatted?: string | null;

  @Field(() => String, { nullable: true, description: 'The street address: street name, house number and so on.' })
  streetAddress?: string | null;

  @Field(() => String, { nullable: true, description: 'The city.' })
  locality?: string | null;

  @Field(() => String, { nullable: true, description: 'The state or region.' })
  region?: string | null;

  @Field(() => String, { nullable: true, description: 'The postal code.' })
  postalCode?: string | null;

  @Field(() => String, { nullable: true, description: 'The country.' })
  country?: string | null;

  @Field(() => String, { nullable: true, description: 'The function of the address, such as `work`.' })
  type?: string | null;

  @Field(() => Boolean, { nullable: true, description: 'Whether this is the preferred address. True for at most one.' })
  primary?: boolean | null;
}

/** The attributes of a user except userName, as both creation and update take them. */
@InputType()
abstract class UserAttributesInput extends DirectoryInput {
  @Field(() => Boolean, {
    nullable: true,
    description: 'Whether the user has access. Defaults to true for a new user. Must not be null.',
  })
  active?: boolean | null;

  @Field(() => String, {
    nullable: true,
    description:
      'The identifier that the provisioning client assigns to the user. Not unique. At most 2,000 bytes in UTF-8.',
  })
  externalId?: string | null;

  @Field(() => String, {
    nullable: true,
    description: 'The name of the user, suitable for display. At most 2,000 bytes in UTF-8.',
  })
  displayName?: string | null;

  @Field(() => String, { nullable: true, description: 'The casual name of the user.' })
  nickName?: string | null;

  @Field(() => String, { nullable: true, description: "The URL of the user's online profile." })
  profileUrl?: string | null;

  @Field(() => String, { nullable: true, description: 'The job title of the user, such as `Vice President`.' })
  title?: string | null;

  @Field(() => String, {
    nullable: true,
    description: 'The relationship of the user to the organization, such as `Employee`.',
  })
  userType?: string | null;

  @Field(() => String, {
    nullable: true,
    description: 'The preferred languages, in the format of the Accept-Language header.',
  })
  preferredLanguage?: string | null;

  @Field(() => String, {
    nullable: true,
    description: 'The locale for formatting currencies, dates and numbers, such as `en-US`.',
  })
  locale?: string | null;

  @Field(() => String, { nullable: true, description: 'The time zone by its IANA name, such as `Europe/Berlin`.' })
  timezone?: string | null;

  @Field(() => UserNameInput, { nullable: true, description: "The components of the user's name." })
  name?: UserNameInput | null;

  @Field(() => [UserElementInput], {
    nullable: true,
    description: 'E-mail addresses. A value has at most 2,000 bytes in UTF-8.',
  })
  emails?: UserElementInput[] | null;

  @Field(() => [UserElementInput], {
    nullable: true,
    description: 'The telephone numbers of the user, stored exactly as sent.',
  })
  phoneNumbers?: UserElementInput[] | null;

  @Field(() => [UserElementInput], { nullable: true, description: 'The instant messaging addresses of the user.' })
  ims?: UserElementInput[] | null;

  @Field(() => [UserElementInput], { nullable: true, description: 'The URLs of pictures of the user.' })
  photos?: UserElementInput[] | null;

  @Field(() => [UserAddressInput], { nullable: true, description: 'The postal addresses of the user.' })
  addresses?: UserAddressInput[] | null;

  @Field(() => [UserElementInput], { nullable: true, description: 'The entitlements of the user.' })
  entitlements?: UserElementInput[] | null;

  @Field(() => [UserElementInput], { nullable: true, description: 'The roles of the user.' })
  roles?: UserElementInput[] | null;

  @Field(() => [UserElementInput], {
    nullable: true,
    description: 'The X.509 certificates of the user, base64-encoded.',
  })
  x509Certificates?: UserElementInput[] | null;

  @Field(() => String, {
    nullable: true,
    description: 'The identifier that the organization assigned to the user. At most 2,000 bytes in UTF-8.',
  })
  employeeNumber?: string | null;

  @Field(() => String, { nullable: true, description: 'The name of the cost center.' })
  costCenter?: string | null;

  @Field(() => String, { nullable: true, description: 'The name of the organization.' })
  organization?: string | null;

  @Field(() => String, { nullable: true, description: 'The name of the division.' })
  division?: string | null;

  @Field(() => String, { nullable: true, description: 'The name of the department.' })
  department?: string | null;

  @Field(() => ID, { nullable: true, description: 'The ID of the manager, a user of the same directory.' })
  managerId?: string | null;

  @Field(() => Json, {
    nullable: true,
    description: 'The attributes of registered extensions: an object for each schema, keyed by its URN.',
  })
  extensions?: JsonValue | null;
}

@InputType({ description: 'The input of `createUser`.' })
export class CreateUserInput extends UserAttributesInput {
  @Field(() => String, {
    description: 'Identifies the user within the directory, without regard to case. At most 2,000 bytes in UTF-8.',
  })
  userName!: string;
}

@InputType({
  description:
    'Changes of a user. An absent field keeps its value, null clears it, and a list replaces the whole list. The same ' +
    'holds within `name`, and in `extensions` for each URN, each attribute, and each sub-attribute of a single complex ' +
    'attribute; an empty object changes nothing. `extensions: null` clears the attributes of all registered extensions.',
})
export class UpdateUserInput extends UserAttributesInput implements ChangeInput {
  @Field(() => ID, { description: 'The ID of the user.' })
  id!: string;

  @Field(() => Int, {
    nullable: true,
    description:
      'The version the object must have. If it has another version, the mutation fails with VERSION_CONFLICT.',
  })
  expectedVersion?: number | null;

  @Field(() => String, {
    nullable: true,
    description:
      'Identifies the user within the directory, without regard to case. Never null. At most 2,000 bytes in UTF-8.',
  })
  userName?: string | null;
}

@InputType({ description: 'The input of `deactivateUser`.' })
export class DeactivateUserInput extends ChangeInput {}

@InputType({ description: 'The input of `reactivateUser`.' })
export class ReactivateUserInput extends ChangeInput {}

@InputType({ description: 'The input of `deleteUser`.' })
export class DeleteUserInput extends ChangeInput {}

function core(name: string): InputFields[string] {
  return pathOf(USER_SCHEMA, name);
}

function enterprise(name: string, subName?: string): InputFields[string] {
  return pathOf(USER_SCHEMA, name, subName, ENTERPRISE_URN);
}

/** Maps each field of the inputs to its attribute. */
export const USER_FIELDS: Readonly<
  Record<Exclude<keyof CreateUserInput, keyof DirectoryInput | 'extensions'>, InputFields[string]>
> = {
  userName: core('userName'),
  active: core('active'),
  externalId: core('externalId'),
  displayName: core('displayName'),
  nickName: core('nickName'),
  profileUrl: core('profileUrl'),
  title: core('title'),
  userType: core('userType'),
  preferredLanguage: core('preferredLanguage'),
  locale: core('locale'),
  timezone: core('timezone'),
  name: core('name'),
  emails: core('emails'),
  phoneNumbers: core('phoneNumbers'),
  ims: core('ims'),
  photos: core('photos'),
  addresses: core('addresses'),
  entitlements: core('entitlements'),
  roles: core('roles'),
  x509Certificates: core('x509Certificates'),
  employeeNumber: enterprise('employeeNumber'),
  costCenter: enterprise('costCenter'),
  organization: enterprise('organization'),
  division: enterprise('division'),
  department: enterprise('department'),
  managerId: enterprise('manager', 'value'),
};
