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
  description:
    'A schema registered in a directory: an extension of users or groups, or a schema of a registered resource type.',
})
class Schema {
  @Field(() => String, { description: 'The URN that identifies the schema and its attributes.' })
  urn!: string;

  @Field(() => String, { description: 'The human-readable name.' })
  name!: string;

  @Field(() => String, {
    description: 'The resource type that the schema belongs to: `User`, `Group`, or a registered resource type.',
  })
  resourceType!: string;

  @Field(() => Boolean, { description: 'Whether every new resource must have attributes of the schema.' })
  required!: boolean;
}

@InputType({ description: 'The input of `registerSchema`.' })
class RegisterSchemaInput extends AdministrationInput {
  @Field(() => Json, {
    description: 'The schema, as a Schema resource (RFC 7643 §7) with `id`, `name` and `attributes`.',
  })
  schema!: JsonValue;

  @Field(() => String, {
    nullable: true,
    description:
      'The resource type that the schema extends: `User` or `Group`. Defaults to the one named in the URN, or else to `User`.',
  })
  resourceType?: string | null;

  @Field(() => Boolean, {
    nullable: true,
    defaultValue: false,
    description: 'Whether every new resource must have attributes of the schema.',
  })
  required?: boolean | null;
}

@InputType({ description: 'The input of `removeSchema`.' })
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
      'Registers a schema in a directory: an extension of users or groups, or a schema for a resource type. A ' +
      'registered schema with the same URN is replaced. Fails with SCHEMA_IN_USE if the change would affect stored values. ' +
      'Requires an admin token.',
  })
  registerSchema(
    @Arg('input', () => RegisterSchemaInput, { description: 'The schema to register.' }) input: RegisterSchemaInput,
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
    description:
      'Removes a schema. Fails with SCHEMA_IN_USE while a resource has attributes of the schema or a resource type refers ' +
      'to it. Requires an admin token.',
  })
  removeSchema(
    @Arg('input', () => RemoveSchemaInput, { description: 'The schema to remove.' }) input: RemoveSchemaInput,
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
  const schema = result ?? (await findSchema(context.store.em, directoryId, replayOf));
  return { schema: schema ? toSchema(schema) : null };
}

function toSchema({ definition, resourceType, required }: RegisteredSchema): Plain<Schema> {
  return { urn: definition.urn, name: definition.name, resourceType, required };
}
