import { Field, ID, InputType, Int } from 'type-graphql';
import type { JsonValue } from '../../domain/kernel/json.js';
import { GROUP_SCHEMA } from '../../domain/schema/resource-schema.js';
import type { InputFields } from '../input/attribute-input.js';
import { pathOf } from '../input/filter-input.js';
import { ChangeInput, DirectoryInput } from '../input/mutation-input.js';
import { Json } from '../kernel/scalars.js';

@InputType({ description: 'The input of `createGroup`.' })
export class CreateGroupInput extends DirectoryInput {
  @Field(() => String, {
    description: 'The name of the group, unique in its directory without regard to case. At most 2,000 bytes in UTF-8.',
  })
  displayName!: string;

  @Field(() => String, {
    nullable: true,
    description:
      'The identifier that the provisioning client assigns to the group. Not unique. At most 2,000 bytes in UTF-8.',
  })
  externalId?: string | null;

  @Field(() => [ID], {
    nullable: true,
    description: 'The IDs of the initial members, users or groups. At most 10,000.',
  })
  memberIds?: string[] | null;

  @Field(() => Json, {
    nullable: true,
    description: 'The attributes of registered extensions: an object for each schema, keyed by its URN.',
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
      'The identifier that the provisioning client assigns to the group. Not unique. At most 2,000 bytes in UTF-8.',
  })
  externalId?: string | null;

  @Field(() => Json, {
    nullable: true,
    description: 'The attributes of registered extensions: an object for each schema, keyed by its URN.',
  })
  extensions?: JsonValue;
}

@InputType({ description: 'The input of `deleteGroup`.' })
export class DeleteGroupInput extends ChangeInput {}

@InputType()
abstract class MembersInput extends DirectoryInput {
  @Field(() => ID, { description: 'The ID of the group.' })
  groupId!: string;

  @Field(() => [ID], { description: 'The IDs of the members, users or groups. At most 10,000.' })
  memberIds!: string[];

  @Field(() => Int, {
    nullable: true,
    description:
      'The version the group must have. If it has another version, the mutation fails with VERSION_CONFLICT.',
  })
  expectedVersion?: number | null;
}

@InputType({ description: 'The input of `addGroupMembers`.' })
export class AddGroupMembersInput extends MembersInput {}

@InputType({ description: 'The input of `removeGroupMembers`.' })
export class RemoveGroupMembersInput extends MembersInput {}

/** Maps each field of the inputs to its attribute. */
export const GROUP_FIELDS: InputFields = {
  displayName: pathOf(GROUP_SCHEMA, 'displayName'),
  externalId: pathOf(GROUP_SCHEMA, 'externalId'),
};
