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
import { Payload, toPayload, type Result } from '../request/payload.js';
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

@ObjectType({ simpleResolvers: true })
abstract class ResourceTypePayload extends Payload {
  @Field(() => ResourceType, { nullable: true, description: 'The resource type; null when there are errors.' })
  resourceType?: Plain<ResourceType> | null;
}

@ObjectType({ simpleResolvers: true, description: 'What became of `registerResourceType`.' })
class RegisterResourceTypePayload extends ResourceTypePayload {}

@ObjectType({ simpleResolvers: true, description: 'What became of `removeResourceType`.' })
class RemoveResourceTypePayload extends ResourceTypePayload {}

@Resolver()
export class ResourceTypeMutations {
  @Mutation(() => RegisterResourceTypePayload, {
    description: 'Registers a resource type of a directory, made of registered schemas. Needs an admin token.',
  })
  registerResourceType(
    @Arg('input', () => RegisterResourceTypeInput, { description: 'The type.' }) input: RegisterResourceTypeInput,
    @Ctx() context: GraphContext,
  ): Promise<RegisterResourceTypePayload> {
    return toPayload<RegisterResourceTypePayload>(context, async () => {
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
  ): Promise<RemoveResourceTypePayload> {
    return toPayload<RemoveResourceTypePayload>(context, async () => {
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
): Promise<Result<ResourceTypePayload>> {
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
