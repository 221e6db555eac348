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
  description:
    'A resource type registered in a directory, in addition to users and groups. Its resources are served by SCIM.',
})
class ResourceType {
  @Field(() => String, { description: 'The name of the resource type.' })
  name!: string;

  @Field(() => String, { description: 'The path of its resources, relative to the Tenant URL, such as `/Devices`.' })
  endpoint!: string;

  @Field(() => String, {
    description: 'The URN of its base schema, whose attributes are at the top level of a resource.',
  })
  schema!: string;
}

@InputType({ description: 'The input of `registerResourceType`.' })
class RegisterResourceTypeInput extends AdministrationInput {
  @Field(() => Json, {
    description: 'The resource type, as a ResourceType resource (RFC 7643 §6). Its schemas must be registered.',
  })
  resourceType!: JsonValue;
}

@InputType({ description: 'The input of `removeResourceType`.' })
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
    description:
      'Registers a resource type in a directory. A registered resource type with the same name is replaced. ' +
      'Fails with SCHEMA_IN_USE if that type has resources. Requires an admin token.',
  })
  registerResourceType(
    @Arg('input', () => RegisterResourceTypeInput, { description: 'The resource type to register.' })
    input: RegisterResourceTypeInput,
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
    description:
      'Removes a resource type, but not its schemas. Fails with SCHEMA_IN_USE while it has resources. Requires an admin token.',
  })
  removeResourceType(
    @Arg('input', () => RemoveResourceTypeInput, { description: 'The resource type to remove.' })
    input: RemoveResourceTypeInput,
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
  const resourceType = result ?? (await findResourceType(context.store.em, directoryId, replayOf));
  return { resourceType: resourceType ? toResourceType(resourceType) : null };
}

function toResourceType({ definition: { name, endpoint, schema } }: RegisteredResourceType): Plain<ResourceType> {
  return { name, endpoint, schema };
}
