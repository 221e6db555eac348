import { Field, ObjectType } from 'type-graphql';
import type { Directory as StoredDirectory } from '../../domain/directory/directory.js';
import { connectionOf, edgeOf } from '../relay/connection-types.js';
import { Node } from '../kernel/node.js';
import { DateTime } from '../kernel/scalars.js';
import type { Plain } from '../kernel/plain-type.js';

/** Users, groups and events are fields of their resolvers. */
@ObjectType({
  implements: Node,
  simpleResolvers: true,
  description:
    'A directory of users and groups. Each is a tenant of its own, with a Tenant URL for provisioning and an event log.',
})
export class Directory extends Node {
  @Field(() => String, {
    description: 'The short name of the directory, which is part of its Tenant URL. It never changes.',
  })
  slug!: string;

  @Field(() => String, { description: 'The human-readable name.' })
  name!: string;

  @Field(() => String, { description: 'The Tenant URL: the base URL of the SCIM API of the directory.' })
  scimUrl!: string;

  @Field(() => DateTime, { description: 'The time at which the directory was created.' })
  createdAt!: Date;
}

/** Converts a directory for the default resolvers. */
export function toDirectory({ id, slug, name, createdAt }: StoredDirectory, publicUrl: string): Plain<Directory> {
  return { id, slug, name, createdAt, scimUrl: `${publicUrl}/scim/v2/${slug}` };
}

@ObjectType({ simpleResolvers: true, description: 'An edge in a connection of directories.' })
class DirectoryEdge extends edgeOf(() => Directory, 'directory') {}

@ObjectType({ simpleResolvers: true, description: 'A page of directories.' })
export class DirectoryConnection extends connectionOf(
  () => DirectoryEdge,
  () => Directory,
  'directories',
) {}
