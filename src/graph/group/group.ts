import { Field, Int, ObjectType } from 'type-graphql';
import type { StoredGroup } from '../../domain/group/group-row.js';
import type { JsonObject } from '../../domain/kernel/json.js';
import { Node } from '../kernel/node.js';
import { DateTime } from '../kernel/scalars.js';
import type { Plain } from '../kernel/plain-type.js';

/** `members` and `extensions` are fields of the resolver. */
@ObjectType({ implements: Node, simpleResolvers: true, description: 'A group of users and of other groups.' })
export class Group extends Node {
  /** Not a field: the directory that members are read from. */
  directoryId!: string;

  /** Not a field: the stored tree, from which `extensions` are taken. */
  attributes!: JsonObject;

  @Field(() => String, {
    nullable: true,
    description: 'The identifier that the provisioning client gave the group. Not unique.',
  })
  externalId!: string | null;

  @Field(() => String, { description: 'The name of the group, unique in its directory without regard to case.' })
  displayName!: string;

  @Field(() => Int, { description: 'How many direct members the group has.' })
  memberCount!: number;

  @Field(() => Int, {
    description: 'Counts the changes of the group and its members, from 1. The ETag in SCIM is `W/"n"`.',
  })
  version!: number;

  @Field(() => DateTime, { description: 'When the group was created.' })
  createdAt!: Date;

  @Field(() => DateTime, { description: 'When the group or its members were changed last.' })
  updatedAt!: Date;
}

/** A group as the default resolvers read it. */
export function toGroup(row: StoredGroup, directoryId: string): Plain<Group> {
  return { ...row, directoryId };
}
