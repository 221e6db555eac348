import { execute, GraphQLError, OperationTypeNode, type ExecutionResult, type GraphQLSchema } from 'graphql';
import { compile, findSwitches, toCompilableSchema, type CompiledQuery } from './compiled-query.js';
import type { Operation } from './operation.js';

/** Runs queries and mutations. */
export interface Executor {
  execute(operation: Operation): ExecutionResult | Promise<ExecutionResult>;
}

/** Runs operations as graphql-js does, a node of the document at a time. */
export const PLAIN: Executor = { execute };

/** What is known of an operation that was run before. */
interface Known {
  /** The variables that @skip and @include look at; undefined for what is never compiled. */
  readonly switches: readonly string[] | undefined;
  readonly byValues: Map<string, CompiledQuery>;
}

/** How many combinations of the values of its switches an operation is compiled for; others run plainly. */
const MAX_COMBINATIONS = 8;

/**
 * Runs queries as compiled functions, from their second time on: what comes once is not worth compiling. Mutations run
 * plainly, one after the other as they must. What is compiled lives as long as its document is remembered.
 */
export class CompilingExecutor implements Executor {
  readonly #schema: GraphQLSchema;
  readonly #known = new WeakMap<object, Known>();

  constructor(schema: GraphQLSchema) {
    this.#schema = toCompilableSchema(schema);
  }

  execute(operation: Operation): ExecutionResult | Promise<ExecutionResult> {
    const { node, contextValue, coercedVariables } = operation;
    if (node.operation !== OperationTypeNode.QUERY) return execute(operation);
    const known = this.#known.get(node);
    if (!known) {
      this.#known.set(node, { switches: findSwitches(operation.document, node), byValues: new Map() });
      return execute(operation);
    }
    const result = this.#find(operation, known)?.(contextValue, coercedVariables);
    if (!result) return execute(operation);
    return 'then' in result ? result.then(withFaults) : withFaults(result);
  }

  #find({ node, document, coercedVariables }: Operation, { switches, byValues }: Known): CompiledQuery | undefined {
    if (!switches) return undefined;
    const values = switches.map((name) => coercedVariables[name]);
    // One that is null, which its type may allow, is an error of the field; plain execution knows where.
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

/** Errors as graphql-js has them: that something is null which must not be is a fault of ours. */
function withFaults(result: ExecutionResult): ExecutionResult {
  return result.errors ? { ...result, errors: result.errors.map(toFault) } : result;
}

function toFault(error: GraphQLError): GraphQLError {
  // What it finds wrong by itself is a fault of ours, but for values of variables that an argument cannot take.
  if (error.originalError || error.message.startsWith('Argument ')) return error;
  const { message, path = [], locations } = error;
  const fault = new GraphQLError(message, { path, originalError: new Error(message) });
  return Object.defineProperty(fault, 'locations', { value: locations, enumerable: true });
}
