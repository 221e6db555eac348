import { Arg, Ctx, Field, ID, InputType, Mutation, Resolver } from 'type-graphql';
import type { EntityManager } from '@mikro-orm/postgresql';
import { createDirectory, deleteDirectory, updateDirectory } from '../../domain/directory/directory-commands.js';
import type { Directory as StoredDirectory } from '../../domain/directory/directory.js';
import { runOnce } from '../../domain/idempotency/run-once.js';
import type { GraphContext } from '../request/context.js';
import { AdministrationInput, MutationInput } from '../input/mutation-input.js';
import { payloadOf, toPayload, type Payload } from '../request/payload.js';
import { Directory, toDirectory } from './directory.js';
import type { Plain } from '../kernel/plain-type.js';

@InputType({ description: 'The input of `createDirectory`.' })
class CreateDirectoryInput extends MutationInput {
  @Field(() => String, {
    description:
      'The short name of the directory, which is part of its Tenant URL: 1 to 63 lower-case letters, digits and hyphens, ' +
      'without a hyphen at the start or end.',
  })
  slug!: string;

  @Field(() => String, { nullable: true, description: 'The human-readable name. Defaults to the slug.' })
  name?: string | null;
}

@InputType({ description: 'The input of `updateDirectory`.' })
class UpdateDirectoryInput extends AdministrationInput {
  @Field(() => String, { description: 'The new human-readable name.' })
  name!: string;
}

@InputType({ description: 'The input of `deleteDirectory`.' })
class DeleteDirectoryInput extends AdministrationInput {}

/** Null when an idempotency key is reused after the directory was deleted. */
interface DirectoryResult {
  readonly directory: Plain<Directory> | null;
}

interface DeleteDirectoryResult {
  readonly deletedDirectoryId: string;
}

const DIRECTORY = {
  directory: { type: () => Directory, description: 'The directory after the mutation. Null if there are errors.' },
};

const CreateDirectoryPayload = payloadOf('createDirectory', DIRECTORY);
const UpdateDirectoryPayload = payloadOf('updateDirectory', DIRECTORY);
const DeleteDirectoryPayload = payloadOf('deleteDirectory', {
  deletedDirectoryId: { type: () => ID, description: 'The ID of the deleted directory. Null if there are errors.' },
});

@Resolver()
export class DirectoryMutations {
  @Mutation(() => CreateDirectoryPayload, { description: 'Creates an empty directory. Requires an admin token.' })
  createDirectory(
    @Arg('input', () => CreateDirectoryInput, { description: 'The directory to create.' }) input: CreateDirectoryInput,
    @Ctx() context: GraphContext,
  ): Promise<Payload<DirectoryResult>> {
    return toPayload(context, async () => {
      context.requireAdmin();
      const { slug } = input;
      const name = input.name ?? undefined;
      return change(context, 'createDirectory', input, (em) => createDirectory(em, { slug, name }));
    });
  }

  @Mutation(() => UpdateDirectoryPayload, { description: 'Renames a directory. Requires an admin token.' })
  updateDirectory(
    @Arg('input', () => UpdateDirectoryInput, { description: 'The changes to make.' }) input: UpdateDirectoryInput,
    @Ctx() context: GraphContext,
  ): Promise<Payload<DirectoryResult>> {
    return toPayload(context, async () => {
      context.requireAdmin();
      const { directory: slug, name } = input;
      return change(context, 'updateDirectory', input, (em) => updateDirectory(em, slug, { name }));
    });
  }

  @Mutation(() => DeleteDirectoryPayload, {
    description: 'Deletes a directory along with its users, groups, events and tokens. Requires an admin token.',
  })
  deleteDirectory(
    @Arg('input', () => DeleteDirectoryInput, { description: 'The directory to delete.' }) input: DeleteDirectoryInput,
    @Ctx() context: GraphContext,
  ): Promise<Payload<DeleteDirectoryResult>> {
    return toPayload(context, async () => {
      context.requireAdmin();
      const key = context.keyOf('deleteDirectory', input);
      const { result, replayOf } = await runOnce(
        context.store.em,
        key,
        (em) => deleteDirectory(em, input.directory),
        idOf,
      );
      if (result) context.services.directories.invalidate(result);
      return { deletedDirectoryId: result ? result.id : replayOf };
    });
  }
}

/** Runs a change of a directory, once for each idempotency key. */
async function change(
  context: GraphContext,
  mutation: string,
  input: MutationInput,
  run: (em: EntityManager) => Promise<StoredDirectory>,
): Promise<DirectoryResult> {
  const { directories, publicUrl } = context.services;
  const { result, replayOf } = await runOnce(context.store.em, context.keyOf(mutation, input), run, idOf);
  if (result) directories.invalidate(result);
  const directory = result ?? (await directories.findById(replayOf));
  return { directory: directory ? toDirectory(directory, publicUrl) : null };
}

function idOf({ id }: StoredDirectory): string {
  return id;
}
