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

@InputType({ description: 'A new directory.' })
class CreateDirectoryInput extends MutationInput {
  @Field(() => String, {
    description: 'The short name, part of the Tenant URL: 1 to 63 lower-case letters, digits and hyphens inside.',
  })
  slug!: string;

  @Field(() => String, { nullable: true, description: 'The name for people; the slug without it.' })
  name?: string | null;
}

@InputType({ description: 'Changes of a directory.' })
class UpdateDirectoryInput extends AdministrationInput {
  @Field(() => String, { description: 'The name for people.' })
  name!: string;
}

@InputType({ description: 'Which directory is deleted.' })
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
  @Mutation(() => CreateDirectoryPayload, { description: 'Creates an empty directory. Needs an admin token.' })
  createDirectory(
    @Arg('input', () => CreateDirectoryInput, { description: 'The new directory.' }) input: CreateDirectoryInput,
    @Ctx() context: GraphContext,
  ): Promise<Payload<DirectoryResult>> {
    return toPayload(context, async () => {
      context.requireAdmin();
      const { slug } = input;
      const name = input.name ?? undefined;
      return change(context, 'createDirectory', input, (em) => createDirectory(em, { slug, name }));
    });
  }

  @Mutation(() => UpdateDirectoryPayload, { description: 'Renames a directory. Needs an admin token.' })
  updateDirectory(
    @Arg('input', () => UpdateDirectoryInput, { description: 'The changes.' }) input: UpdateDirectoryInput,
    @Ctx() context: GraphContext,
  ): Promise<Payload<DirectoryResult>> {
    return toPayload(context, async () => {
      context.requireAdmin();
      const { directory: slug, name } = input;
      return change(context, 'updateDirectory', input, (em) => updateDirectory(em, slug, { name }));
    });
  }

  @Mutation(() => DeleteDirectoryPayload, {
    description: 'Deletes a directory with its users, groups, events and tokens. Needs an admin token.',
  })
  deleteDirectory(
    @Arg('input', () => DeleteDirectoryInput, { description: 'Which directory.' }) input: DeleteDirectoryInput,
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
      if (result) context.services.directories.forget(result);
      return { deletedDirectoryId: result ? result.id : replayOf };
    });
  }
}

/** Runs a change that leaves a directory, once for each idempotency key. */
async function change(
  context: GraphContext,
  mutation: string,
  input: MutationInput,
  run: (em: EntityManager) => Promise<StoredDirectory>,
): Promise<DirectoryResult> {
  const { directories, publicUrl } = context.services;
  const { result, replayOf } = await runOnce(context.store.em, context.keyOf(mutation, input), run, idOf);
  if (result) directories.forget(result);
  const left = result ?? (await directories.findById(replayOf));
  return { directory: left ? toDirectory(left, publicUrl) : null };
}

function idOf({ id }: StoredDirectory): string {
  return id;
}
