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
  description: 'A directory of users and groups: one tenant, with one Tenant URL for provisioning and one event log.',
})
export class Directory extends Node {
  @Field(() => String, { description: 'The short name, part of the Tenant URL. Never changes.' })
  slug!: string;

  @Field(() => String, { description: 'The name for people.' })
  name!: string;

  @Field(() => String, { description: 'The Tenant URL: the root of the SCIM service of the directory.' })
  scimUrl!: string;

  @Field(() => DateTime, { description: 'When the directory was created.' })
  createdAt!: Date;
}

/** A directory as the default resolvers read it. */
export function toDirectory({ id, slug, name, createdAt }: StoredDirectory, publicUrl: string): Plain<Directory> {
  return { id, slug, name, createdAt, scimUrl: `${publicUrl}/scim/v2/${slug}` };
}

@ObjectType({ simpleResolvers: true, description: 'A directory in a list.' })
class DirectoryEdge extends edgeOf(() => Directory, 'directory') {}

@ObjectType({ simpleResolvers: true, description: 'A page of directories.' })
export class DirectoryConnection extends connectionOf(
  () => DirectoryEdge,
  () => Directory,
  'directories',
) {}
