import { Field, ID, InputType, Int } from 'type-graphql';
import type { JsonValue } from '../../domain/kernel/json.js';
import { GROUP_SCHEMA } from '../../domain/schema/resource-schema.js';
import type { InputFields } from '../input/attribute-input.js';
import { pathOf } from '../input/filter-input.js';
import { ChangeInput, DirectoryInput } from '../input/mutation-input.js';
import { Json } from '../kernel/scalars.js';

@InputType({ description: 'A new group.' })
export class CreateGroupInput extends DirectoryInput {
  @Field(() => String, {
    description: 'The name of the group, unique in its directory without regard to case. At most 2,000 bytes in UTF-8.',
  })
  displayName!: string;

  @Field(() => String, {
    nullable: true,
    description:
      'The identifier that the provisioning client gives the group. Not unique. At most 2,000 bytes in UTF-8.',
  })
  externalId?: string | null;

  @Field(() => [ID], { nullable: true, description: 'The ids of the first members, users and groups.' })
  memberIds?: string[] | null;

  @Field(() => Json, {
    nullable: true,
    description: 'Attributes of registered extensions: an object of objects, by URN.',
  })
  extensions?: JsonValue;
}

@InputType({
  description:
    'Changes of a group. An absent field keeps its value and null clears it. The same holds in `extensions` for each ' +
    'URN, each attribute, and each sub-attribute of a single complex attribute; a list replaces the whole list, and an ' +
    'empty object changes nothing. `extensions: null` clears the attributes of all registered extensions.',
})
export class UpdateGroupInput extends ChangeInput {
  @Field(() => String, {
    nullable: true,
    description:
      'The name of the group, unique in its directory without regard to case. Never null. At most 2,000 bytes in UTF-8.',
  })
  displayName?: string | null;

  @Field(() => String, {
    nullable: true,
    description:
      'The identifier that the provisioning client gives the group. Not unique. At most 2,000 bytes in UTF-8.',
  })
  externalId?: string | null;

  @Field(() => Json, {
    nullable: true,
    description: 'Attributes of registered extensions: an object of objects, by URN.',
  })
  extensions?: JsonValue;
}

@InputType({ description: 'Which group is deleted, with the memberships of it and in it.' })
export class DeleteGroupInput extends ChangeInput {}

@InputType()
abstract class MembersInput extends DirectoryInput {
  @Field(() => ID, { description: 'The id of the group.' })
  groupId!: string;

  @Field(() => [ID], { description: 'The ids of the members, users and groups.' })
  memberIds!: string[];

  @Field(() => Int, {
    nullable: true,
    description: 'The version that the group must have, else nothing happens: VERSION_CONFLICT.',
  })
  expectedVersion?: number | null;
}

@InputType({ description: 'Who is added to a group. Who is a member already stays as it is.' })
export class AddGroupMembersInput extends MembersInput {}

@InputType({ description: 'Who is removed from a group. Who is no member is passed over.' })
export class RemoveGroupMembersInput extends MembersInput {}

/** Which attribute each field of the inputs is. */
export const GROUP_FIELDS: InputFields = {
  displayName: pathOf(GROUP_SCHEMA, 'displayName'),
  externalId: pathOf(GROUP_SCHEMA, 'externalId'),
};
