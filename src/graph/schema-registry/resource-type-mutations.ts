import type { SchemaStore } from '../../domain/schema-registry/schema-change.js';
import { Arg, Ctx, Field, InputType, Mutation, ObjectType, Resolver } from 'type-graphql';

import type { JsonValue } from '../../domain/kernel/json.js';
import {
  findResourceType,
  registerResourceType,
  removeResourceType,
} from '../../domain/schema-registry/resource-type-commands.js';
import type { RegisteredResourceType } from '../../domain/schema-registry/resource-type-entity.js';
import type { GraphContext } from '../request/context.js';
import { changeSchemasOnce } from './change-schemas-once.js';
import { AdministrationInput } from '../input/mutation-input.js';
import { payloadOf, toPayload, type Payload } from '../request/payload.js';
import { Json } from '../kernel/scalars.js';
import type { Plain } from '../kernel/plain-type.js';

@ObjectType({
  simpleResolvers: true,
  description: 'A resource type that a directory has registered beside users and groups. SCIM serves its resources.',
})
class ResourceType {
  @Field(() => String, { description: 'The name.' })
  name!: string;

  @Field(() => String, { description: 'Where its resources are, below the Tenant URL, such as `/Devices`.' })
  endpoint!: string;

  @Field(() => String, { description: 'The URN of the schema whose attributes lie at the top level.' })
  schema!: string;
}

@InputType({ description: 'A resource type to register. One that is there already is changed.' })
class RegisterResourceTypeInput extends AdministrationInput {
  @Field(() => Json, { description: 'A ResourceType resource of RFC 7643 §6, whose schemas are registered.' })
  resourceType!: JsonValue;
}

@InputType({ description: 'Which resource type is removed.' })
class RemoveResourceTypeInput extends AdministrationInput {
  @Field(() => String, { description: 'The name of the resource type.' })
  name!: string;
}

/** Null when an idempotency key is reused after the resource type was removed. */
interface ResourceTypeResult {
  readonly resourceType: Plain<ResourceType> | null;
}

const RESOURCE_TYPE = {
  resourceType: { type: () => ResourceType, description: 'The resource type. Null if there are errors.' },
};

const RegisterResourceTypePayload = payloadOf('registerResourceType', RESOURCE_TYPE);
const RemoveResourceTypePayload = payloadOf('removeResourceType', RESOURCE_TYPE);

@Resolver()
export class ResourceTypeMutations {
  @Mutation(() => RegisterResourceTypePayload, {
    description: 'Registers a resource type of a directory, made of registered schemas. Needs an admin token.',
  })
  registerResourceType(
    @Arg('input', () => RegisterResourceTypeInput, { description: 'The type.' }) input: RegisterResourceTypeInput,
    @Ctx() context: GraphContext,
  ): Promise<Payload<ResourceTypeResult>> {
    return toPayload(context, async () => {
      const directoryId = await context.administered(input.directory);
      return change(context, 'registerResourceType', input, directoryId, (store) =>
        registerResourceType(store, directoryId, input.resourceType),
      );
    });
  }

  @Mutation(() => RemoveResourceTypePayload, {
    description: 'Removes a resource type that has no resources; its schemas stay. Needs an admin token.',
  })
  removeResourceType(
    @Arg('input', () => RemoveResourceTypeInput, { description: 'Which type.' }) input: RemoveResourceTypeInput,
    @Ctx() context: GraphContext,
  ): Promise<Payload<ResourceTypeResult>> {
    return toPayload(context, async () => {
      const directoryId = await context.administered(input.directory);
      return change(context, 'removeResourceType', input, directoryId, (store) =>
        removeResourceType(store, directoryId, input.name),
      );
    });
  }
}

async function change(
  context: GraphContext,
  mutation: string,
  input: AdministrationInput,
  directoryId: string,
  run: (store: SchemaStore) => Promise<RegisteredResourceType>,
): Promise<ResourceTypeResult> {
  const { result, replayOf } = await changeSchemasOnce(
    context.store,
    context.keyOf(mutation, input),
    directoryId,
    run,
    ({ definition }) => definition.name,
  );
  const left = result ?? (await findResourceType(context.store.em, directoryId, replayOf));
  return { resourceType: left ? toResourceType(left) : null };
}

function toResourceType({ definition: { name, endpoint, schema } }: RegisteredResourceType): Plain<ResourceType> {
  return { name, endpoint, schema };
}
