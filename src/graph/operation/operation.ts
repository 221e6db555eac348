import type { ExecutionArgs, OperationDefinitionNode, OperationTypeNode } from 'graphql';
import type { GraphContext } from '../context.js';
import type { Refusal } from './refusal.js';

/** An operation as a client sends it, over whatever transport. */
export interface OperationRequest {
  readonly query?: string | undefined;
  readonly operationName?: string | null | undefined;
  readonly variables?: Readonly<Record<string, unknown>> | null | undefined;
}

/** An operation that may run. */
export interface Operation extends ExecutionArgs {
  readonly contextValue: GraphContext;
  readonly node: OperationDefinitionNode;
  /** The values of variables, coerced, with defaults filled in. `variableValues` are those that the client sent. */
  readonly coercedVariables: Readonly<Record<string, unknown>>;
}

/** What a transport says to a kind of operations that it does not carry; undefined for those that it does. */
export type Carrier = (kind: OperationTypeNode) => Refusal | undefined;
