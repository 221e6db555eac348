import { Field, ObjectType } from 'type-graphql';
import type { GraphContext } from './context.js';
import { DirectoryError, toDirectoryError } from '../kernel/errors.js';
import type { Plain } from '../kernel/plain-type.js';

@ObjectType({ simpleResolvers: true })
abstract class PayloadFields {
  @Field(() => [DirectoryError], { description: 'The errors of the mutation. Empty if it succeeded.' })
  errors!: ReadonlyArray<Plain<DirectoryError>>;
}

/** The payload of a mutation: the fields of its result, which are absent when it has failed, and its errors. */
export type Payload<Result extends object> = Partial<Result> & Plain<PayloadFields>;

interface ResultField {
  readonly type: () => object;
  readonly description: string;
}

/**
 * Declares the payload type of a mutation, such as `CreateUserPayload`. Each mutation has its own, so that one can gain
 * fields without the others.
 *
 * @param fields the fields of the result, all nullable
 */
export function payloadOf(
  mutation: string,
  fields: Readonly<Record<string, ResultField>>,
): abstract new () => PayloadFields {
  const name = `${mutation.charAt(0).toUpperCase()}${mutation.slice(1)}Payload`;
  @ObjectType(name, { simpleResolvers: true, description: `The result of \`${mutation}\`.` })
  abstract class MutationPayload extends PayloadFields {}
  for (const [property, { type, description }] of Object.entries(fields)) {
    Field(type, { nullable: true, description })(MutationPayload.prototype, property);
  }
  return MutationPayload;
}

/**
 * Runs a mutation and converts its outcome to a payload: the result, or the error of the domain. Any other error fails
 * the operation.
 */
export async function toPayload<Result extends object>(
  context: GraphContext,
  change: () => Promise<Result>,
): Promise<Payload<Result>> {
  try {
    return { ...(await change()), errors: [] };
  } catch (error) {
    const directoryError = toDirectoryError(error);
    if (!directoryError) throw error;
    return { errors: [directoryError] } as unknown as Payload<Result>;
  } finally {
    // The next mutation of the operation, and the fields of this payload, must read the current state.
    context.renewLoaders();
  }
}
