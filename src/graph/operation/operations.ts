import {
  getOperationAST,
  getVariableValues,
  type DocumentNode,
  type ExecutionResult,
  type FormattedExecutionResult,
  type GraphQLError,
  type GraphQLFormattedError,
  type GraphQLSchema,
  type OperationDefinitionNode,
} from 'graphql';
import type { GraphContext } from '../request/context.js';
import { findInternalError, graphError, toFormattedError } from '../kernel/errors.js';
import { TokenBucket, type TokenBucketLimits } from './token-bucket.js';
import { CostEstimator } from './cost.js';
import { Documents, withCode } from './documents.js';
import { CompilingExecutor, INTERPRETER, type Executor } from './executor.js';
import { limitExceeded, requireShallow } from './limits.js';
import type { AllowedOperations, Operation, OperationCost, OperationRequest } from './operation.js';
import { RequestError } from './request-error.js';
import { textOf, type TrustedDocuments } from './trusted-documents.js';

/** The result of an execution, or of a refusal. */
type Result = { readonly [Key in keyof ExecutionResult]: ExecutionResult[Key] | undefined };

/** The number of errors at which `execute` itself stops. */
const MAX_COERCION_ERRORS = 50;

export interface OperationOptions {
  readonly introspection: boolean;
  /** Whether repeated queries are compiled. */
  readonly compile: boolean;
  /** The maximum cost of one operation. */
  readonly maxCost: number;
  /** The budget of each token; unlimited if absent. */
  readonly budget?: TokenBucketLimits | undefined;
  /** The only documents that may be executed; any document if absent. */
  readonly trustedDocuments?: TrustedDocuments | undefined;
}

/**
 * Prepares and executes operations, and formats their results: parsing, validation, limits, coercion of variables,
 * execution, masking of errors. All transports share it, so that none of them bypasses a limit.
 */
export class Operations {
  readonly #documents: Documents;
  readonly #executor: Executor;
  readonly #costs: CostEstimator;
  readonly #budget: TokenBucket | undefined;
  readonly #maxCost: number;

  constructor(
    readonly schema: GraphQLSchema,
    private readonly options: OperationOptions,
  ) {
    const { budget, maxCost } = options;
    this.#costs = new CostEstimator(schema);
    this.#budget = budget && new TokenBucket(budget);
    this.#maxCost = Math.min(maxCost, budget?.capacity ?? maxCost);
    this.#documents = new Documents(schema, options);
    this.#executor = options.compile ? new CompilingExecutor(schema) : INTERPRETER;
  }

  /**
   * Parses and validates a request, and charges its cost.
   *
   * @returns an operation, or a RequestError with the codes DOCUMENT_NOT_TRUSTED, PERSISTED_QUERY_NOT_SUPPORTED, LIMIT_EXCEEDED,
   *   GRAPHQL_PARSE_FAILED, GRAPHQL_VALIDATION_FAILED, OPERATION_RESOLUTION_FAILURE, BAD_USER_INPUT, RATE_LIMITED, and that
   *   of the transport
   */
  prepare(request: OperationRequest, context: GraphContext, allowed: AllowedOperations): Operation | RequestError {
    try {
      return this.#prepare(request, context, allowed);
    } catch (error) {
      if (error instanceof RequestError) return error;
      throw error;
    }
  }

  #prepare(request: OperationRequest, context: GraphContext, allowed: AllowedOperations): Operation {
    const variables = request.variables ?? {};
    requireShallow(variables);
    const document = this.#documents.get(textOf(request, this.options.trustedDocuments));
    // An empty name counts as absent (GraphQL over HTTP, "GET").
    const operationName = request.operationName || undefined;
    const node = findOperation(document, operationName);
    const refusal = allowed(node.operation);
    if (refusal) throw refusal;
    const coercedVariables = this.#coerce(node, variables);
    return {
      schema: this.schema,
      document,
      operationName,
      node,
      variableValues: variables,
      coercedVariables,
      contextValue: context,
      cost: this.#charge(this.#costs.get(document, node, coercedVariables), context),
    };
  }

  /** Executes a query or a mutation. Its cost is part of the result. */
  execute(operation: Operation): ExecutionResult | Promise<ExecutionResult> {
    const { cost } = operation;
    const result = this.#executor.execute(operation);
    return 'then' in result ? result.then((settled) => withCost(settled, cost)) : withCost(result, cost);
  }

  /** Formats a result for clients: errors get codes, internal errors are masked and reported. */
  present({ errors, data, extensions }: Result, context: GraphContext): FormattedExecutionResult {
    return {
      ...(errors ? { errors: this.format(errors, context) } : {}),
      ...(data === undefined ? {} : { data }),
      ...(extensions ? { extensions } : {}),
    };
  }

  /** Formats errors for clients; see `present`. */
  format(errors: readonly GraphQLError[], { services, requestId }: GraphContext): readonly GraphQLFormattedError[] {
    return errors.map((error) => {
      const internalError = findInternalError(error);
      if (internalError !== undefined) services.onError(internalError, requestId);
      return toFormattedError(error.toJSON(), error);
    });
  }

  /** Charges the cost of an operation to the budget of its token. */
  #charge(requested: number, { principal }: GraphContext): OperationCost {
    const limit = this.#maxCost;
    if (requested > limit) {
      const message =
        `The operation costs ${requested}, which is more than the limit of ${limit}. ` +
        'Request smaller pages or fewer nested pages';
      throw limitExceeded(message, { name: 'cost', limit, asked: requested }, { cost: { requested, limit } });
    }
    if (!this.#budget) return { requested, limit };
    const { enoughIn, ...budget } = this.#budget.spend(principal.actorName, requested);
    const cost = { requested, limit, budget };
    if (enoughIn === 0) return cost;
    const message =
      `The operation costs ${requested}, but the budget of the token has only ${budget.available} left. ` +
      `Retry in ${enoughIn} seconds`;
    const error = graphError('RATE_LIMITED', message, { retryAfter: enoughIn });
    throw new RequestError([error], 429, { 'retry-after': String(enoughIn) }, { cost });
  }

  #coerce(node: OperationDefinitionNode, variables: Readonly<Record<string, unknown>>): Record<string, unknown> {
    const { errors, coerced } = getVariableValues(this.schema, node.variableDefinitions ?? [], variables, {
      maxErrors: MAX_COERCION_ERRORS,
    });
    if (errors) throw new RequestError(errors.map((error) => withCode(error, 'BAD_USER_INPUT')));
    return coerced;
  }
}

function withCost(result: ExecutionResult, cost: OperationCost): ExecutionResult {
  return { ...result, extensions: { ...result.extensions, cost } };
}

function findOperation(document: DocumentNode, name: string | undefined): OperationDefinitionNode {
  const node = getOperationAST(document, name);
  if (node) return node;
  const message =
    name === undefined
      ? 'The document contains more than one operation: set `operationName` to the one to run'
      : `The document contains no operation with the name ${JSON.stringify(name)}`;
  throw new RequestError([graphError('OPERATION_RESOLUTION_FAILURE', message)]);
}
