import { Field, ID, InputType, Int } from 'type-graphql';

/** What every input of a change in a directory has. */
@InputType()
export abstract class DirectoryInput {
  @Field(() => String, {
    nullable: true,
    description: "The slug of the directory. Required with an admin token; otherwise it is the token's own.",
  })
  directory?: string | null;
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
