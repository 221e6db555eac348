import { execute, GraphQLError, OperationTypeNode, type ExecutionResult, type GraphQLSchema } from 'graphql';
import { compile, findSwitches, toCompilableSchema, type CompiledQuery } from './compiled-query.js';
import type { Operation } from './operation.js';

/** Executes queries and mutations. */
export interface Executor {
  execute(operation: Operation): ExecutionResult | Promise<ExecutionResult>;
}

/** Executes operations with graphql-js, which interprets the document. */
export const INTERPRETER: Executor = { execute };

/** The compiled forms of an operation that was executed before. */
interface CompiledOperation {
  /** The variables that @skip and @include depend on; undefined if the operation is never compiled. */
  readonly switches: readonly string[] | undefined;
  readonly byValues: Map<string, CompiledQuery>;
}

/** The maximum number of combinations of switch values that an operation is compiled for. Others are interpreted. */
const MAX_COMBINATIONS = 8;

/**
 * Executes queries as compiled functions from the second time on; one that is sent only once is not worth compiling.
 * Mutations are interpreted, because their fields must run one after another. Compiled queries live as long as their
 * document is cached.
 */
export class CompilingExecutor implements Executor {
  readonly #schema: GraphQLSchema;
  readonly #operations = new WeakMap<object, CompiledOperation>();

  constructor(schema: GraphQLSchema) {
    this.#schema = toCompilableSchema(schema);
  }

  execute(operation: Operation): ExecutionResult | Promise<ExecutionResult> {
    const { node, contextValue, coercedVariables } = operation;
    if (node.operation !== OperationTypeNode.QUERY) return execute(operation);
    const known = this.#operations.get(node);
    if (!known) {
      this.#operations.set(node, { switches: findSwitches(operation.document, node), byValues: new Map() });
      return execute(operation);
    }
    const result = this.#find(operation, known)?.(contextValue, coercedVariables);
    if (!result) return execute(operation);
    return 'then' in result ? result.then(withInternalErrors) : withInternalErrors(result);
  }

  #find(
    { node, document, coercedVariables }: Operation,
    { switches, byValues }: CompiledOperation,
  ): CompiledQuery | undefined {
    if (!switches) return undefined;
    const values = switches.map((name) => coercedVariables[name]);
    // A null value, which the type may allow, is a field error; graphql-js reports it with its location.
    if (values.some((value) => value === null)) return undefined;
    const key = values.map((value) => (value === true ? '1' : '0')).join('');
    let compiled = byValues.get(key);
    if (!compiled && byValues.size < MAX_COMBINATIONS) {
      compiled = compile(this.#schema, document, node, coercedVariables);
      byValues.set(key, compiled);
    }
    return compiled;
  }
}

/** Marks errors as graphql-js does: null for a non-null field is an internal error. */
function withInternalErrors(result: ExecutionResult): ExecutionResult {
  return result.errors ? { ...result, errors: result.errors.map(toInternalError) } : result;
}

function toInternalError(error: GraphQLError): GraphQLError {
  // Errors that the compiler raises itself are internal, except those for variable values that an argument does not accept.
  if (error.originalError || error.message.startsWith('Argument ')) return error;
  const { message, path = [], locations } = error;
  const internalError = new GraphQLError(message, { path, originalError: new Error(message) });
  return Object.defineProperty(internalError, 'locations', { value: locations, enumerable: true });
}
