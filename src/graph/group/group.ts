import { Field, Int, ObjectType } from 'type-graphql';
import type { StoredGroup } from '../../domain/group/group-row.js';
import type { JsonObject } from '../../domain/kernel/json.js';
import { Node } from '../kernel/node.js';
import { DateTime } from '../kernel/scalars.js';
import type { Plain } from '../kernel/plain-type.js';

/** `members` and `extensions` are fields of the resolvers. */
@ObjectType({ implements: Node, simpleResolvers: true, description: 'A group of users and other groups.' })
export class Group extends Node {
  /** Not a field: the ID of the directory, from which members are loaded. */
  directoryId!: string;

  /** Not a field: the stored attributes, which `extensions` derives from. */
  attributes!: JsonObject;

  @Field(() => String, {
    nullable: true,
    description:
      'The identifier that the provisioning client assigned to the group. Not necessarily unique. Null if it assigned none.',
  })
  externalId!: string | null;

  @Field(() => String, {
    description: 'The name of the group, unique in its directory when compared without regard to case.',
  })
  displayName!: string;

  @Field(() => Int, { description: 'The number of direct members of the group.' })
  memberCount!: number;

  @Field(() => Int, {
    description:
      'The version of the group: 1 when created, incremented by each change of its attributes or members. Its ETag in SCIM ' +
      'is `W/"<version>"`.',
  })
  version!: number;

  @Field(() => DateTime, { description: 'The time at which the group was created.' })
  createdAt!: Date;

  @Field(() => DateTime, { description: 'The time at which the attributes or members of the group were last changed.' })
  updatedAt!: Date;
}

/** Converts a group for the default resolvers. */
export function toGroup(row: StoredGroup, directoryId: string): Plain<Group> {
  return { ...row, directoryId };
}
