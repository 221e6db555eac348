import type { ExecutionArgs, OperationDefinitionNode, OperationTypeNode } from 'graphql';
import type { GraphContext } from '../request/context.js';
import type { TokenBucketState } from './token-bucket.js';
import type { RequestError } from './request-error.js';

/** An operation as a client sends it, over whatever transport. */
export interface OperationRequest {
  readonly query?: string | undefined;
  /** Names a trusted document instead; see `TrustedDocuments`. */
  readonly documentId?: unknown;
  /** Those of clients that name it as Apollo's do are looked at: `persistedQuery.sha256Hash`. */
  readonly extensions?: unknown;
  readonly operationName?: string | null | undefined;
  readonly variables?: Readonly<Record<string, unknown>> | null | undefined;
}

/** An operation that may run. */
export interface Operation extends ExecutionArgs {
  readonly contextValue: GraphContext;
  readonly node: OperationDefinitionNode;
  /** The values of variables, coerced, with defaults filled in. `variableValues` are those that the client sent. */
  readonly coercedVariables: Readonly<Record<string, unknown>>;
  readonly cost: OperationCost;
}

/** What an operation costs, as its answer shows it in `extensions.cost`. */
export interface OperationCost {
  readonly requested: number;
  /** The most that one operation may cost. */
  readonly limit: number;
  /** What the token may spend, and has left; absent where tokens may spend what they like. */
  readonly budget?: TokenBucketState;
}

/** What a transport says to a kind of operations that it does not carry; undefined for those that it does. */
export type AllowedOperations = (kind: OperationTypeNode) => RequestError | undefined;
