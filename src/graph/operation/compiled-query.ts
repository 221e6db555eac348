import {
  GraphQLScalarType,
  GraphQLSchema,
  Kind,
  TypeInfo,
  valueFromAST,
  visit,
  visitWithTypeInfo,
  type DirectiveNode,
  type DocumentNode,
  type ExecutionResult,
  type GraphQLInputType,
  type NamedTypeNode,
  type OperationDefinitionNode,
  type ValueNode,
  type VariableDefinitionNode,
  type VariableNode,
} from 'graphql';
import { compileQuery, isCompiledQuery } from 'graphql-jit';
import { fragmentsOf, SelectionMeasurer } from './measure-selection.js';

/** The coerced values of variables. */
export type Variables = Readonly<Record<string, unknown>>;

/** Executes one operation. Undefined for invalid values, which graphql-js reports better. */
export type CompiledQuery = (
  context: object,
  variables: Variables,
) => ExecutionResult | Promise<ExecutionResult> | undefined;

/**
 * The type of all variables in compiled documents. Their values are already coerced by graphql-js; this type keeps the
 * compiler from coercing them again, which it does incorrectly (defaults become JSON, `@oneOf` is ignored).
 */
const COERCED = new GraphQLScalarType({ name: 'Coerced' });

const COERCED_NODE: NamedTypeNode = { kind: Kind.NAMED_TYPE, name: { kind: Kind.NAME, value: COERCED.name } };

/** The schema that queries are compiled against: the same types plus the one for variables. */
export function toCompilableSchema(schema: GraphQLSchema): GraphQLSchema {
  const config = schema.toConfig();
  return new GraphQLSchema({ ...config, types: [...config.types, COERCED], assumeValid: true });
}

/**
 * Compiles a query for given values of its switches, the variables of @skip and @include.
 *
 * @param document valid, and without introspection
 */
export function compile(
  schema: GraphQLSchema,
  document: DocumentNode,
  operation: OperationDefinitionNode,
  switches: Variables,
): CompiledQuery {
  const { document: special, literals } = specialise(schema, document, operation, switches);
  const compiled = compileQuery(schema, special, operation.name?.value, { disablingCapturingStackErrors: true });
  if (!isCompiledQuery(compiled)) throw new Error('A valid query did not compile', { cause: compiled.errors?.[0] });
  return (context, variables) => {
    const values: Record<string, unknown> = { ...variables };
    for (const { name, node, type } of literals) {
      const value = valueFromAST(node, type, variables);
      if (value === undefined) return undefined;
      values[name] = value;
    }
    return compiled.query(undefined, context, values);
  };
}

/** A literal that contains variables. It is evaluated for each execution and passed as a variable. */
interface Literal {
  readonly name: string;
  readonly node: ValueNode;
  readonly type: GraphQLInputType;
}

/** Reduces a document to one operation, without the fields that the switches exclude, and with uncoerced variables. */
function specialise(
  schema: GraphQLSchema,
  document: DocumentNode,
  operation: OperationDefinitionNode,
  switches: Variables,
): { document: DocumentNode; literals: readonly Literal[] } {
  const literals: Literal[] = [];
  const taken = new Set(operation.variableDefinitions?.map(({ variable }) => variable.name.value));
  const definitions = document.definitions.filter(
    (definition) => definition.kind !== Kind.OPERATION_DEFINITION || definition === operation,
  );
  const applySwitches = <Node extends { readonly directives?: readonly DirectiveNode[] | undefined }>(
    node: Node,
  ): Node | null | undefined => {
    if (!node.directives || node.directives.length === 0) return undefined;
    return node.directives.every((directive) => isOn(directive, switches)) ? { ...node, directives: [] } : null;
  };
  const reduced = visit(
    { ...document, definitions },
    { Field: applySwitches, InlineFragment: applySwitches, FragmentSpread: applySwitches },
  );
  const types = new TypeInfo(schema);
  const special = visit(
    reduced,
    visitWithTypeInfo(types, {
      Argument(node) {
        const type = types.getInputType();
        if (node.value.kind === Kind.VARIABLE || !type || !hasVariable(node.value)) return undefined;
        const name = unusedName(taken);
        literals.push({ name, node: node.value, type });
        return { ...node, value: toVariable(name) };
      },
    }),
  );
  return {
    document: visit(special, {
      OperationDefinition: (node) => ({
        ...node,
        variableDefinitions: [
          ...(node.variableDefinitions ?? []).map(({ variable }) => toDefinition(variable)),
          ...literals.map(({ name }) => toDefinition(toVariable(name))),
        ],
      }),
    }),
    literals,
  };
}

function isOn(directive: DirectiveNode, switches: Variables): boolean {
  const condition = toCondition(directive);
  const value =
    condition?.kind === Kind.VARIABLE
      ? switches[condition.name.value] === true
      : condition?.kind === Kind.BOOLEAN && condition.value;
  return directive.name.value === 'skip' ? !value : value;
}

/** The condition of @skip or @include. */
function toCondition({ arguments: parameters }: DirectiveNode): ValueNode | undefined {
  return parameters?.find(({ name }) => name.value === 'if')?.value;
}

function hasVariable(value: ValueNode): boolean {
  const names = new Set<string>();
  visit(value, { Variable: ({ name }) => void names.add(name.value) });
  return names.size > 0;
}

/** Reserves an unused name. */
function unusedName(taken: Set<string>): string {
  let number = taken.size;
  while (taken.has(`literal${number}`)) number++;
  taken.add(`literal${number}`);
  return `literal${number}`;
}

function toVariable(name: string): VariableNode {
  return { kind: Kind.VARIABLE, name: { kind: Kind.NAME, value: name } };
}

function toDefinition(variable: VariableNode): VariableDefinitionNode {
  return { kind: Kind.VARIABLE_DEFINITION, variable, type: COERCED_NODE };
}

/** Compilation blocks the event loop for a time proportional to the number of fields: about 10 ms for this many. */
const MAX_FIELDS = 250;

/**
 * The switches of the operations of a document, in order.
 *
 * @returns undefined for operations that are not compiled: those with very many fields, and introspection, which is rare
 */
export function findSwitches(
  document: DocumentNode,
  operation: OperationDefinitionNode,
): readonly string[] | undefined {
  if (new SelectionMeasurer(fragmentsOf(document)).measure(operation.selectionSet).fields > MAX_FIELDS)
    return undefined;
  const switches = new Set<string>();
  const introspection = new Set<string>();
  visit(document, {
    Field({ name }) {
      if (name.value === '__schema' || name.value === '__type') introspection.add(name.value);
    },
    Directive(node) {
      const condition = toCondition(node);
      if (condition?.kind === Kind.VARIABLE) switches.add(condition.name.value);
    },
  });
  return introspection.size > 0 ? undefined : [...switches].sort();
}
