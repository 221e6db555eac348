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
import type { GraphContext } from '../context.js';
import { findFault, graphError, toFormattedError } from '../errors.js';
import { Budget, type BudgetRules } from './budget.js';
import { PriceList } from './cost.js';
import { Documents, withCode } from './documents.js';
import { CompilingExecutor, PLAIN, type Executor } from './executor.js';
import { limitExceeded, requireShallow } from './limits.js';
import type { Carrier, Operation, OperationCost, OperationRequest } from './operation.js';
import { Refusal } from './refusal.js';
import { textOf, type TrustedDocuments } from './trusted-documents.js';

/** What an execution came to, or did not. */
type Result = { readonly [Key in keyof ExecutionResult]: ExecutionResult[Key] | undefined };

/** As many as `execute` itself would list. */
const MAX_COERCION_ERRORS = 50;

export interface OperationOptions {
  readonly introspection: boolean;
  /** Whether queries that come again are compiled. */
  readonly compile: boolean;
  /** The most that one operation may cost. */
  readonly maxCost: number;
  /** What each token may spend; as much as it likes when left out. */
  readonly budget?: BudgetRules | undefined;
  /** The only documents that may run; all when left out. */
  readonly trustedDocuments?: TrustedDocuments | undefined;
}

/**
 * What stands between a request and its execution: parsing, validation, limits, coercion of variables; and what stands
 * between a result and the client. The same for every transport, so that none of them is a way around a limit.
 */
export class Operations {
  readonly #documents: Documents;
  readonly #executor: Executor;
  readonly #prices: PriceList;
  readonly #budget: Budget | undefined;
  readonly #maxCost: number;

  constructor(
    readonly schema: GraphQLSchema,
    private readonly options: OperationOptions,
  ) {
    const { budget, maxCost } = options;
    this.#prices = new PriceList(schema);
    this.#budget = budget && new Budget(budget);
    this.#maxCost = Math.min(maxCost, budget?.capacity ?? maxCost);
    this.#documents = new Documents(schema, options);
    this.#executor = options.compile ? new CompilingExecutor(schema) : PLAIN;
  }

  /**
   * Makes an operation that may run, or tells why it does not.
   *
   * @returns an operation, or a Refusal with the codes DOCUMENT_NOT_TRUSTED, PERSISTED_QUERY_NOT_SUPPORTED, LIMIT_EXCEEDED,
   *   GRAPHQL_PARSE_FAILED, GRAPHQL_VALIDATION_FAILED, OPERATION_RESOLUTION_FAILURE, BAD_USER_INPUT, RATE_LIMITED, and that
   *   of the carrier
   */
  prepare(request: OperationRequest, context: GraphContext, refuses: Carrier): Operation | Refusal {
    try {
      return this.#prepare(request, context, refuses);
    } catch (error) {
      if (error instanceof Refusal) return error;
      throw error;
    }
  }

  #prepare(request: OperationRequest, context: GraphContext, refuses: Carrier): Operation {
    const variables = request.variables ?? {};
    requireShallow(variables);
    const document = this.#documents.get(textOf(request, this.options.trustedDocuments));
    // An empty name is none (GraphQL over HTTP, "GET").
    const operationName = request.operationName || undefined;
    const node = findOperation(document, operationName);
    const refusal = refuses(node.operation);
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
      cost: this.#charge(this.#prices.get(document, node, coercedVariables), context),
    };
  }

  /** Runs a query or a mutation. What it cost stands in the result. */
  execute(operation: Operation): ExecutionResult | Promise<ExecutionResult> {
    const { cost } = operation;
    const result = this.#executor.execute(operation);
    return 'then' in result ? result.then((settled) => withCost(settled, cost)) : withCost(result, cost);
  }

  /** A result as clients see it: errors with codes, faults of ours masked and reported. */
  present({ errors, data, extensions }: Result, context: GraphContext): FormattedExecutionResult {
    return {
      ...(errors ? { errors: this.format(errors, context) } : {}),
      ...(data === undefined ? {} : { data }),
      ...(extensions ? { extensions } : {}),
    };
  }

  /** Errors as clients see them; see `present`. */
  format(errors: readonly GraphQLError[], { services, requestId }: GraphContext): readonly GraphQLFormattedError[] {
    return errors.map((error) => {
      const fault = findFault(error);
      if (fault !== undefined) services.onError(fault, requestId);
      return toFormattedError(error.toJSON(), error);
    });
  }

  /** Takes the cost of an operation from what its token may spend. */
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
    throw new Refusal([error], 429, { 'retry-after': String(enoughIn) }, { cost });
  }

  #coerce(node: OperationDefinitionNode, variables: Readonly<Record<string, unknown>>): Record<string, unknown> {
    const { errors, coerced } = getVariableValues(this.schema, node.variableDefinitions ?? [], variables, {
      maxErrors: MAX_COERCION_ERRORS,
    });
    if (errors) throw new Refusal(errors.map((error) => withCode(error, 'BAD_USER_INPUT')));
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
  throw new Refusal([graphError('OPERATION_RESOLUTION_FAILURE', message)]);
}
