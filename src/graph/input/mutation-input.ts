import { Field, ID, InputType, Int } from 'type-graphql';

/** The fields of every mutation input. */
@InputType()
export abstract class MutationInput {
  @Field(() => String, {
    nullable: true,
    description:
      'Makes the mutation safe to retry. For 24 hours, repeating it with the same token, key and input changes nothing ' +
      'and returns the object in its current state, or null if it has been deleted. 1 to 255 characters.',
  })
  idempotencyKey?: string | null;
}

/** The fields of every input that changes the users or groups of a directory. */
@InputType()
export abstract class DirectoryInput extends MutationInput {
  @Field(() => String, {
    nullable: true,
    description:
      'The slug of the directory. Required with an admin token; defaults to the directory of any other token.',
  })
  directory?: string | null;
}

/** The fields of every input that administers a directory. */
@InputType()
export abstract class AdministrationInput extends MutationInput {
  @Field(() => String, { description: 'The slug of the directory.' })
  directory!: string;
}

/** The fields of every input that changes one user or group. */
@InputType()
export abstract class ChangeInput extends DirectoryInput {
  @Field(() => ID, { description: 'The ID of the object.' })
  id!: string;

  @Field(() => Int, {
    nullable: true,
    description:
      'The version the object must have. If it has another version, the mutation fails with VERSION_CONFLICT.',
  })
  expectedVersion?: number | null;
}
