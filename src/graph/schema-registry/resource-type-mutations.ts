import { Arg, Ctx, Field, InputType, Mutation, ObjectType, Resolver } from 'type-graphql';
import type { JsonValue } from '../../domain/json.js';
import { registerResourceType, removeResourceType } from '../../domain/schema/resource-type-commands.js';
import type { RegisteredResourceType } from '../../domain/schema/resource-type-entity.js';
import type { GraphContext } from '../context.js';
import { Payload, toPayload } from '../payload.js';
import { Json } from '../scalars.js';
import type { Plain } from '../plain.js';

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
class RegisterResourceTypeInput {
  @Field(() => String, { description: 'The slug of the directory.' })
  directory!: string;

  @Field(() => Json, { description: 'A ResourceType resource of RFC 7643 §6, whose schemas are registered.' })
  resourceType!: JsonValue;
}

@InputType({ description: 'Which resource type is removed.' })
class RemoveResourceTypeInput {
  @Field(() => String, { description: 'The slug of the directory.' })
  directory!: string;

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
      const registered = await registerResourceType(context.em, directoryId, input.resourceType);
      return { resourceType: toResourceType(registered) };
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
      return { resourceType: toResourceType(await removeResourceType(context.em, directoryId, input.name)) };
    });
  }
}

function toResourceType({ definition: { name, endpoint, schema } }: RegisteredResourceType): Plain<ResourceType> {
  return { name, endpoint, schema };
}
