import type { SchemaStore } from '../../domain/schema-registry/schema-change.js';
import { Arg, Ctx, Field, InputType, Mutation, ObjectType, Resolver } from 'type-graphql';

import type { JsonValue } from '../../domain/kernel/json.js';
import { findSchema, registerSchema, removeSchema } from '../../domain/schema-registry/schema-commands.js';
import type { RegisteredSchema } from '../../domain/schema-registry/schema-entity.js';
import type { GraphContext } from '../request/context.js';
import { changeSchemasOnce } from './change-schemas-once.js';
import { AdministrationInput } from '../input/mutation-input.js';
import { payloadOf, toPayload, type Payload } from '../request/payload.js';
import { Json } from '../kernel/scalars.js';
import type { Plain } from '../kernel/plain-type.js';

@ObjectType({
  simpleResolvers: true,
  description: 'A schema that a directory has registered: an extension, or what a resource type of its own is made of.',
})
class Schema {
  @Field(() => String, { description: 'The URN, under which resources hold its attributes.' })
  urn!: string;

  @Field(() => String, { description: 'The name for people.' })
  name!: string;

  @Field(() => String, { description: 'What has it: `User`, `Group`, or a resource type of the directory.' })
  resourceType!: string;

  @Field(() => Boolean, { description: 'Whether every new resource must have values of it.' })
  required!: boolean;
}

@InputType({ description: 'A schema to register. One that is there already is changed.' })
class RegisterSchemaInput extends AdministrationInput {
  @Field(() => Json, { description: 'A Schema resource of RFC 7643 §7, with `id`, `name` and `attributes`.' })
  schema!: JsonValue;

  @Field(() => String, {
    nullable: true,
    description: 'What it extends, `User` or `Group`; else the part of the URN that says so, else `User`.',
  })
  resourceType?: string | null;

  @Field(() => Boolean, {
    nullable: true,
    defaultValue: false,
    description: 'Whether every new resource must have values of it.',
  })
  required?: boolean | null;
}

@InputType({ description: 'Which schema is removed.' })
class RemoveSchemaInput extends AdministrationInput {
  @Field(() => String, { description: 'The URN of the schema.' })
  urn!: string;
}

/** Null when an idempotency key is reused after the schema was removed. */
interface SchemaResult {
  readonly schema: Plain<Schema> | null;
}

const SCHEMA = { schema: { type: () => Schema, description: 'The schema. Null if there are errors.' } };

const RegisterSchemaPayload = payloadOf('registerSchema', SCHEMA);
const RemoveSchemaPayload = payloadOf('removeSchema', SCHEMA);

@Resolver()
export class SchemaMutations {
  @Mutation(() => RegisterSchemaPayload, {
    description:
      'Registers an extension of the users or groups of a directory, or a schema for a resource type. Needs an admin token.',
  })
  registerSchema(
    @Arg('input', () => RegisterSchemaInput, { description: 'The schema.' }) input: RegisterSchemaInput,
    @Ctx() context: GraphContext,
  ): Promise<Payload<SchemaResult>> {
    return toPayload(context, async () => {
      const { schema } = input;
      const required = input.required ?? false;
      const directoryId = await context.administered(input.directory);
      const resourceType = input.resourceType ?? undefined;
      return change(context, 'registerSchema', input, directoryId, (store) =>
        registerSchema(store, directoryId, { schema, resourceType, required }),
      );
    });
  }

  @Mutation(() => RemoveSchemaPayload, {
    description: 'Removes a schema that nothing has values of, and no resource type is made of. Needs an admin token.',
  })
  removeSchema(
    @Arg('input', () => RemoveSchemaInput, { description: 'Which schema.' }) input: RemoveSchemaInput,
    @Ctx() context: GraphContext,
  ): Promise<Payload<SchemaResult>> {
    return toPayload(context, async () => {
      const directoryId = await context.administered(input.directory);
      return change(context, 'removeSchema', input, directoryId, (store) =>
        removeSchema(store, directoryId, input.urn),
      );
    });
  }
}

async function change(
  context: GraphContext,
  mutation: string,
  input: AdministrationInput,
  directoryId: string,
  run: (store: SchemaStore) => Promise<RegisteredSchema>,
): Promise<SchemaResult> {
  const { result, replayOf } = await changeSchemasOnce(
    context.store,
    context.keyOf(mutation, input),
    directoryId,
    run,
    ({ definition }) => definition.urn,
  );
  const left = result ?? (await findSchema(context.store.em, directoryId, replayOf));
  return { schema: left ? toSchema(left) : null };
}

function toSchema({ definition, resourceType, required }: RegisteredSchema): Plain<Schema> {
  return { urn: definition.urn, name: definition.name, resourceType, required };
}
