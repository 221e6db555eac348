import type { GraphQLResolveInfo } from 'graphql';
import { Arg, Ctx, ID, Info, Int, Query, Resolver } from 'type-graphql';
import { countDirectories, existsDirectoryUpTo, readDirectories } from '../../domain/directory/directory-pages.js';
import { encodeCursor } from '../../domain/search/page-cursor.js';
import { Connection, toBounds, type ConnectionSource } from '../relay/connection.js';
import type { GraphContext } from '../request/context.js';
import { Node } from '../kernel/node.js';
import { selectionOfObject } from '../kernel/selection.js';
import { Directory, DirectoryConnection, toDirectory } from './directory.js';
import type { Plain } from '../kernel/plain-type.js';

@Resolver()
export class DirectoryResolver {
  @Query(() => Directory, {
    nullable: true,
    description:
      "Looks up a directory by its slug. Defaults to the token's own directory. Null if there is none that the token grants access to.",
  })
  async directory(
    @Ctx() context: GraphContext,
    @Arg('slug', () => String, {
      nullable: true,
      description: 'The slug of the directory. Required with an admin token, which belongs to no directory.',
    })
    slug?: string | null,
  ): Promise<Plain<Directory> | null> {
    const directory = await context.findDirectory(slug);
    return directory ? toDirectory(directory, context.services.publicUrl) : null;
  }

  @Query(() => DirectoryConnection, {
    description: 'All directories, in the order of creation. Requires an admin token.',
  })
  directories(
    @Arg('first', () => Int, { description: 'The number of elements to return, 1 to 100.' }) first: number,
    @Ctx() context: GraphContext,
    @Arg('after', () => String, { nullable: true, description: 'Returns the elements after this cursor.' })
    after?: string | null,
  ): ConnectionSource {
    context.requireAdmin();
    const { store } = context;
    const scope = { list: 'directories', directoryId: '' };
    const bounds = toBounds('directories', { first, ...(after === undefined ? {} : { after }) }, scope);
    const source = {
      read: () => readDirectories(store, bounds.size, bounds.after?.id),
      existsBeyond: (_side: string, { id }: { id: string }) => existsDirectoryUpTo(store, id),
      count: () => countDirectories(store),
    };
    return new Connection(bounds, source, {
      toNode: (row) => toDirectory(row, context.services.publicUrl),
      toCursor: (row) => encodeCursor(scope, { value: '', id: row.id }),
    });
  }

  @Query(() => Node, {
    nullable: true,
    description:
      "Looks up an object by its ID: the token's directory, or one of its users or groups. An admin token finds directories only. Null if there is none.",
  })
  async node(
    @Arg('id', () => ID, { description: 'The ID of a directory, user or group.' }) id: string,
    @Ctx() context: GraphContext,
    @Info() info: GraphQLResolveInfo,
  ): Promise<Plain<Node> | null> {
    const { principal, services } = context;
    const { directoryId } = principal;
    if (directoryId === null || id === directoryId) {
      const directory = await services.directories.findById(id);
      return directory ? toDirectory(directory, services.publicUrl) : null;
    }
    context.requireScope('directory:read');
    const loaders = context.loaders(directoryId);
    const names = selectionOfObject(info);
    const [user, group] = await Promise.all([loaders.user(id, names), loaders.group(id, names)]);
    return user ?? group ?? null;
  }
}
