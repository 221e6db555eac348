import type { ExecutionArgs, OperationDefinitionNode, OperationTypeNode } from 'graphql';
import type { GraphContext } from '../request/context.js';
import type { TokenBucketState } from './token-bucket.js';
import type { RequestError } from './request-error.js';

/** A GraphQL request, independent of its transport. */
export interface OperationRequest {
  readonly query?: string | undefined;
  /** The ID of a trusted document, sent instead of `query`; see `TrustedDocuments`. */
  readonly documentId?: unknown;
  /** Apollo clients send the ID of the document here, as `persistedQuery.sha256Hash`. */
  readonly extensions?: unknown;
  readonly operationName?: string | null | undefined;
  readonly variables?: Readonly<Record<string, unknown>> | null | undefined;
}

/** A validated operation, ready to be executed. */
export interface Operation extends ExecutionArgs {
  readonly contextValue: GraphContext;
  readonly node: OperationDefinitionNode;
  /** The coerced values of the variables, including defaults. `variableValues` are those that the client sent. */
  readonly coercedVariables: Readonly<Record<string, unknown>>;
  readonly cost: OperationCost;
}

/** The cost of an operation, as returned in `extensions.cost`. */
export interface OperationCost {
  readonly requested: number;
  /** The maximum cost of one operation. */
  readonly limit: number;
  /** The budget of the token; absent if budgets are not limited. */
  readonly budget?: TokenBucketState;
}

/** Returns the error with which a transport refuses a type of operation; undefined for the types it allows. */
export type AllowedOperations = (kind: OperationTypeNode) => RequestError | undefined;
