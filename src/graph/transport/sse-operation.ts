import {
  createSourceEventStream,
  execute,
  GraphQLError,
  OperationTypeNode,
  type ExecutionResult,
  type FormattedExecutionResult,
} from 'graphql';
import { findInternalError } from '../kernel/errors.js';
import type { EventSource } from '../event/event-subscriptions.js';
import type { Operation } from '../operation/operation.js';
import type { Operations } from '../operation/operations.js';
import type { SseStream } from './sse-stream.js';

/** Runs an operation and streams what comes of it: one result, or those of a subscription until somebody ends it. */
export async function streamOperation(operations: Operations, operation: Operation, stream: SseStream): Promise<void> {
  const present = (result: ExecutionResult): FormattedExecutionResult =>
    operations.present(result, operation.contextValue);
  if (operation.node.operation !== OperationTypeNode.SUBSCRIPTION) {
    await streamSingleResult(stream, present(await operations.execute(operation)));
    return;
  }
  const source = await subscribe(operation);
  if (!('settledCursor' in source)) {
    await streamSingleResult(stream, present(source));
    return;
  }
  stream.onClosed(() => void source.return?.());
  stream.open(() => source.settledCursor());
  try {
    for await (const event of source) {
      const result = await execute({ ...operation, rootValue: event });
      await stream.next(present(result), event.cursor);
    }
  } catch (error) {
    const errors = [new GraphQLError('The subscription ended', { originalError: error as Error })];
    await stream.next(present({ errors }));
    // After a fault of ours the client shall come back to where it was; what the log has refused, it would again.
    if (findInternalError(error) !== undefined) stream.end();
  }
  stream.complete();
}

/** Sends one result and ends the stream. */
export async function streamSingleResult(stream: SseStream, result: FormattedExecutionResult): Promise<void> {
  stream.open();
  await stream.next(result);
  stream.complete();
}

/** Every field of `Subscription` makes such a source; what is no source is an error. */
async function subscribe(operation: Operation): Promise<EventSource | ExecutionResult> {
  return (await createSourceEventStream(operation)) as EventSource | ExecutionResult;
}
