import { Arg, Ctx, Field, ID, InputType, Mutation, ObjectType, Resolver } from 'type-graphql';
import { createDirectory, deleteDirectory, updateDirectory } from '../../domain/directory/directory-commands.js';
import type { GraphContext } from '../context.js';
import { Payload, toPayload } from '../payload.js';
import { Directory, toDirectory } from './directory.js';
import type { Plain } from '../plain.js';

@InputType({ description: 'A new directory.' })
class CreateDirectoryInput {
  @Field(() => String, {
    description: 'The short name, part of the Tenant URL: 1 to 63 lower-case letters, digits and hyphens inside.',
  })
  slug!: string;

  @Field(() => String, { nullable: true, description: 'The name for people; the slug without it.' })
  name?: string | null;
}

@InputType({ description: 'Changes of a directory.' })
class UpdateDirectoryInput {
  @Field(() => String, { description: 'The slug of the directory.' })
  directory!: string;

  @Field(() => String, { description: 'The name for people.' })
  name!: string;
}

@InputType({ description: 'Which directory is deleted.' })
class DeleteDirectoryInput {
  @Field(() => String, { description: 'The slug of the directory.' })
  directory!: string;
}

@ObjectType({ simpleResolvers: true })
abstract class DirectoryPayload extends Payload {
  @Field(() => Directory, { nullable: true, description: 'The directory as it is now; null when there are errors.' })
  directory?: Plain<Directory> | null;
}

@ObjectType({ simpleResolvers: true, description: 'What became of `createDirectory`.' })
class CreateDirectoryPayload extends DirectoryPayload {}

@ObjectType({ simpleResolvers: true, description: 'What became of `updateDirectory`.' })
class UpdateDirectoryPayload extends DirectoryPayload {}

@ObjectType({ simpleResolvers: true, description: 'What became of `deleteDirectory`.' })
class DeleteDirectoryPayload extends Payload {
  @Field(() => ID, { nullable: true, description: 'The id of the deleted directory; null when there are errors.' })
  deletedDirectoryId?: string | null;
}

@Resolver()
export class DirectoryMutations {
  @Mutation(() => CreateDirectoryPayload, { description: 'Creates an empty directory. Needs an admin token.' })
  createDirectory(
    @Arg('input', () => CreateDirectoryInput, { description: 'The new directory.' }) input: CreateDirectoryInput,
    @Ctx() context: GraphContext,
  ): Promise<CreateDirectoryPayload> {
    return toPayload<CreateDirectoryPayload>(context, async () => {
      context.requireAdmin();
      const directory = await createDirectory(context.em, { slug: input.slug, name: input.name ?? undefined });
      context.services.directories.forget(directory);
      return { directory: toDirectory(directory, context.services.publicUrl) };
    });
  }

  @Mutation(() => UpdateDirectoryPayload, { description: 'Renames a directory. Needs an admin token.' })
  updateDirectory(
    @Arg('input', () => UpdateDirectoryInput, { description: 'The changes.' }) input: UpdateDirectoryInput,
    @Ctx() context: GraphContext,
  ): Promise<UpdateDirectoryPayload> {
    return toPayload<UpdateDirectoryPayload>(context, async () => {
      context.requireAdmin();
      const directory = await updateDirectory(context.em, input.directory, { name: input.name });
      context.services.directories.forget(directory);
      return { directory: toDirectory(directory, context.services.publicUrl) };
    });
  }

  @Mutation(() => DeleteDirectoryPayload, {
    description: 'Deletes a directory with its users, groups, events and tokens. Needs an admin token.',
  })
  deleteDirectory(
    @Arg('input', () => DeleteDirectoryInput, { description: 'Which directory.' }) input: DeleteDirectoryInput,
    @Ctx() context: GraphContext,
  ): Promise<DeleteDirectoryPayload> {
    return toPayload<DeleteDirectoryPayload>(context, async () => {
      context.requireAdmin();
      const directory = await deleteDirectory(context.em, input.directory);
      context.services.directories.forget(directory);
      return { deletedDirectoryId: directory.id };
    });
  }
}
