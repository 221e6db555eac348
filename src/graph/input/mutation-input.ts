import { Field, ID, InputType, Int } from 'type-graphql';

/** What every input of a mutation has. */
@InputType()
export abstract class MutationInput {
  @Field(() => String, {
    nullable: true,
    description:
      'Makes a repetition safe: for 24 hours the same token, key and input change nothing again and answer with the ' +
      'object as it is by then, or null if it is gone. 1 to 255 characters.',
  })
  idempotencyKey?: string | null;
}

/** What every input of a change in a directory has. */
@InputType()
export abstract class DirectoryInput extends MutationInput {
  @Field(() => String, {
    nullable: true,
    description: "The slug of the directory. Required with an admin token; otherwise it is the token's own.",
  })
  directory?: string | null;
}

/** What every input of a change to a directory's administration has. */
@InputType()
export abstract class AdministrationInput extends MutationInput {
  @Field(() => String, { description: 'The slug of the directory.' })
  directory!: string;
}

/** What every input that changes one object has. */
@InputType()
export abstract class ChangeInput extends DirectoryInput {
  @Field(() => ID, { description: 'The id of what is changed.' })
  id!: string;

  @Field(() => Int, {
    nullable: true,
    description: 'The version that the object must have, else nothing happens: VERSION_CONFLICT.',
  })
  expectedVersion?: number | null;
}
