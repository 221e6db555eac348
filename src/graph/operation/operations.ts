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
import { Documents, withCode } from './documents.js';
import { CompilingExecutor, PLAIN, type Executor } from './executor.js';
import { requireShallow } from './limits.js';
import type { Carrier, Operation, OperationRequest } from './operation.js';
import { Refusal } from './refusal.js';

/** What an execution came to, or did not. */
type Result = { readonly [Key in keyof ExecutionResult]: ExecutionResult[Key] | undefined };

/** As many as `execute` itself would list. */
const MAX_COERCION_ERRORS = 50;

export interface OperationOptions {
  readonly introspection: boolean;
  /** Whether queries that come again are compiled. */
  readonly compile: boolean;
}

/**
 * What stands between a request and its execution: parsing, validation, limits, coercion of variables; and what stands
 * between a result and the client. The same for every transport, so that none of them is a way around a limit.
 */
export class Operations {
  readonly #documents: Documents;
  readonly #executor: Executor;

  constructor(
    readonly schema: GraphQLSchema,
    options: OperationOptions,
  ) {
    this.#documents = new Documents(schema, options);
    this.#executor = options.compile ? new CompilingExecutor(schema) : PLAIN;
  }

  /**
   * Makes an operation that may run, or tells why it does not.
   *
   * @returns an operation, or a Refusal with the codes GRAPHQL_PARSE_FAILED, GRAPHQL_VALIDATION_FAILED, OPERATION_RESOLUTION_FAILURE,
   *   BAD_USER_INPUT, and that of the carrier
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
    const document = this.#documents.get(request.query ?? '');
    // An empty name is none (GraphQL over HTTP, "GET").
    const operationName = request.operationName || undefined;
    const node = findOperation(document, operationName);
    const refusal = refuses(node.operation);
    if (refusal) throw refusal;
    return {
      schema: this.schema,
      document,
      operationName,
      node,
      variableValues: variables,
      coercedVariables: this.#coerce(node, variables),
      contextValue: context,
    };
  }

  /** Runs a query or a mutation. */
  execute(operation: Operation): ExecutionResult | Promise<ExecutionResult> {
    return this.#executor.execute(operation);
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

  #coerce(node: OperationDefinitionNode, variables: Readonly<Record<string, unknown>>): Record<string, unknown> {
    const { errors, coerced } = getVariableValues(this.schema, node.variableDefinitions ?? [], variables, {
      maxErrors: MAX_COERCION_ERRORS,
    });
    if (errors) throw new Refusal(errors.map((error) => withCode(error, 'BAD_USER_INPUT')));
    return coerced;
  }
}

function findOperation(document: DocumentNode, name: string | undefined): OperationDefinitionNode {
  const node = getOperationAST(document, name);
  if (node) return node;
  const message =
    name === undefined
      ? 'The document has several operations: name the one to run in `operationName`'
      : `The document has no operation ${JSON.stringify(name)}`;
  throw new Refusal([graphError('OPERATION_RESOLUTION_FAILURE', message)]);
}
