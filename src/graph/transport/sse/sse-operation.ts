import {
  createSourceEventStream,
  execute,
  GraphQLError,
  OperationTypeNode,
  type ExecutionResult,
  type FormattedExecutionResult,
} from 'graphql';
import { findInternalError } from '../../kernel/errors.js';
import type { EventStream } from '../../event/event-subscriptions.js';
import type { Operation } from '../../operation/operation.js';
import type { Operations } from '../../operation/operations.js';
import type { SseStream } from './sse-stream.js';

/** Runs an operation and streams its single result, or the results of a subscription until either side ends it. */
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
    // After an internal error the client should resume, so the stream ends without `complete`. A refusal by the log is final.
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

/** Creates the source event stream, or a result with the errors for which it could not be created. */
async function subscribe(operation: Operation): Promise<EventStream | ExecutionResult> {
  return (await createSourceEventStream(operation)) as EventStream | ExecutionResult;
}
