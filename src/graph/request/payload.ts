import { Field, ObjectType } from 'type-graphql';
import type { GraphContext } from './context.js';
import { DirectoryError, toDirectoryError } from '../kernel/errors.js';
import type { Plain } from '../kernel/plain-type.js';

@ObjectType({ simpleResolvers: true })
export abstract class Payload {
  @Field(() => [DirectoryError], { description: 'Why nothing happened; empty when it did.' })
  errors!: ReadonlyArray<Plain<DirectoryError>>;
}

/** A payload without what every payload has. */
export type Result<P extends Payload> = Partial<Omit<P, 'errors'>>;

/**
 * Runs a mutation and makes its payload: the changed object, or why the domain refused. Everything else goes on up and
 * fails the operation.
 */
export async function toPayload<P extends Payload>(
  context: GraphContext,
  change: () => Promise<Result<P>>,
): Promise<Result<P> & Payload> {
  try {
    return { ...(await change()), errors: [] };
  } catch (error) {
    const refused = toDirectoryError(error);
    if (!refused) throw error;
    return { errors: [refused] } as unknown as Result<P> & Payload;
  } finally {
    // The next mutation of the operation, and the fields of this payload, read what is there now.
    context.renewLoaders();
  }
}
