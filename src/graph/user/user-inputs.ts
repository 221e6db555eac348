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

  @Field(() => String, { nullable: true, description: 'The middle names.' })
  middleName?: string | null;

  @Field(() => String, { nullable: true, description: 'The honorific prefixes, or titles.' })
  honorificPrefix?: string | null;

  @Field(() => String, { nullable: true, description: 'The honorific suffixes.' })
  honorificSuffix?: string | null;
}

@InputType({ description: 'One element of a multi-valued attribute.' })
class UserElementInput {
  @Field(() => String, { nullable: true, description: 'The value itself: an address, a number, a URL, a role.' })
  value?: string | null;

  @Field(() => String, { nullable: true, description: 'A name for people, for display only.' })
  display?: string | null;

  @Field(() => String, { nullable: true, description: 'What the element is for, such as `work`.' })
  type?: string | null;

  @Field(() => Boolean, { nullable: true, description: 'True for the preferred element; at most one may be.' })
  primary?: boolean | null;
}

@InputType({ description: 'A postal address.' })
class UserAddressInput {
  @Field(() => String, { nullable: true, description: 'The full address, formatted for display.' })
  formatted?: string | null;

  @Field(() => String, { nullable: true, description: 'Street name, house number and the like.' })
  streetAddress?: string | null;

  @Field(() => String, { nullable: true, description: 'The city.' })
  locality?: string | null;

  @Field(() => String, { nullable: true, description: 'The state or region.' })
  region?: string | null;

  @Field(() => String, { nullable: true, description: 'The postal code.' })
  postalCode?: string | null;

  @Field(() => String, { nullable: true, description: 'The country.' })
  country?: string | null;

  @Field(() => String, { nullable: true, description: 'What the address is for, such as `work`.' })
  type?: string | null;

  @Field(() => Boolean, { nullable: true, description: 'True for the preferred address; at most one may be.' })
  primary?: boolean | null;
}

/** The attributes of a user beside its userName, in the inputs of creations and of changes alike. */
@InputType()
abstract class UserAttributesInput extends DirectoryInput {
  @Field(() => Boolean, {
    nullable: true,
    description: 'Whether the user may use the services of the directory. Never null.',
  })
  active?: boolean | null;

  @Field(() => String, {
    nullable: true,
    description:
      'The identifier that the provisioning client gives the user. Not unique. At most 2,000 bytes in UTF-8.',
  })
  externalId?: string | null;

  @Field(() => String, {
    nullable: true,
    description: 'The name of the user, suitable for display. At most 2,000 bytes in UTF-8.',
  })
  displayName?: string | null;

  @Field(() => String, { nullable: true, description: 'The casual name of the user.' })
  nickName?: string | null;

  @Field(() => String, { nullable: true, description: "The location of the user's online profile, a URL." })
  profileUrl?: string | null;

  @Field(() => String, { nullable: true, description: 'The title, such as "Vice President".' })
  title?: string | null;

  @Field(() => String, { nullable: true, description: 'The relation to the organization, such as "Employee".' })
  userType?: string | null;

  @Field(() => String, { nullable: true, description: 'The preferred languages, as in Accept-Language.' })
  preferredLanguage?: string | null;

  @Field(() => String, { nullable: true, description: 'The default location, for currency, dates and numbers.' })
  locale?: string | null;

  @Field(() => String, { nullable: true, description: 'The time zone, in the form of the IANA database.' })
  timezone?: string | null;

  @Field(() => UserNameInput, { nullable: true, description: "The components of the user's name." })
  name?: UserNameInput | null;

  @Field(() => [UserElementInput], {
    nullable: true,
    description: 'E-mail addresses. A value has at most 2,000 bytes in UTF-8.',
  })
  emails?: UserElementInput[] | null;

  @Field(() => [UserElementInput], { nullable: true, description: 'Telephone numbers, kept exactly as they are sent.' })
  phoneNumbers?: UserElementInput[] | null;

  @Field(() => [UserElementInput], { nullable: true, description: 'Instant messaging addresses.' })
  ims?: UserElementInput[] | null;

  @Field(() => [UserElementInput], { nullable: true, description: 'Pictures of the user, as URLs.' })
  photos?: UserElementInput[] | null;

  @Field(() => [UserAddressInput], { nullable: true, description: 'Postal addresses.' })
  addresses?: UserAddressInput[] | null;

  @Field(() => [UserElementInput], { nullable: true, description: 'Entitlements of the user.' })
  entitlements?: UserElementInput[] | null;

  @Field(() => [UserElementInput], { nullable: true, description: 'Roles of the user.' })
  roles?: UserElementInput[] | null;

  @Field(() => [UserElementInput], { nullable: true, description: 'Certificates of the user, in base64.' })
  x509Certificates?: UserElementInput[] | null;

  @Field(() => String, {
    nullable: true,
    description: 'The identifier that the organization gave the user. At most 2,000 bytes in UTF-8.',
  })
  employeeNumber?: string | null;

  @Field(() => String, { nullable: true, description: 'The name of a cost center.' })
  costCenter?: string | null;

  @Field(() => String, { nullable: true, description: 'The name of an organization.' })
  organization?: string | null;

  @Field(() => String, { nullable: true, description: 'The name of a division.' })
  division?: string | null;

  @Field(() => String, { nullable: true, description: 'The name of a department.' })
  department?: string | null;

  @Field(() => ID, { nullable: true, description: 'The id of the manager, a user of the same directory.' })
  managerId?: string | null;

  @Field(() => Json, {
    nullable: true,
    description: 'Attributes of registered extensions: an object of objects, by URN.',
  })
  extensions?: JsonValue | null;
}

@InputType({ description: 'A new user.' })
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
  @Field(() => ID, { description: 'The id of what is changed.' })
  id!: string;

  @Field(() => Int, {
    nullable: true,
    description: 'The version that the object must have, else nothing happens: VERSION_CONFLICT.',
  })
  expectedVersion?: number | null;

  @Field(() => String, {
    nullable: true,
    description:
      'Identifies the user within the directory, without regard to case. Never null. At most 2,000 bytes in UTF-8.',
  })
  userName?: string | null;
}

@InputType({ description: 'Which user loses access. Memberships stay.' })
export class DeactivateUserInput extends ChangeInput {}

@InputType({ description: 'Which user regains access.' })
export class ReactivateUserInput extends ChangeInput {}

@InputType({ description: 'Which user is deleted, with its memberships.' })
export class DeleteUserInput extends ChangeInput {}

function core(name: string): InputFields[string] {
  return pathOf(USER_SCHEMA, name);
}

function enterprise(name: string, subName?: string): InputFields[string] {
  return pathOf(USER_SCHEMA, name, subName, ENTERPRISE_URN);
}

/** Which attribute each field of the inputs is. */
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
