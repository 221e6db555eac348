import {
  getNamedType,
  getNullableType,
  isAbstractType,
  isCompositeType,
  isListType,
  isObjectType,
  Kind,
  OperationTypeNode,
  SchemaMetaFieldDef,
  TypeMetaFieldDef,
  visit,
  type DirectiveNode,
  type DocumentNode,
  type FieldNode,
  type FragmentDefinitionNode,
  type GraphQLCompositeType,
  type GraphQLField,
  type GraphQLObjectType,
  type GraphQLSchema,
  type OperationDefinitionNode,
  type SelectionSetNode,
} from 'graphql';
import { fragmentsOf } from './measure-selection.js';

/** The coerced values of variables. */
type Variables = Readonly<Record<string, unknown>>;

const MUTATION_COST = 10;
/** The number of elements assumed for a list of introspection. */
const INTROSPECTION_LIST_SIZE = 5;
const MAX_PAGE_SIZE = 100;

const META_FIELDS: Readonly<Record<string, GraphQLField<unknown, unknown>>> = {
  __schema: SchemaMetaFieldDef,
  __type: TypeMetaFieldDef,
};

const PAGES = ['edges', 'nodes', 'pageInfo'];

/**
 * Estimates the maximum cost of an operation before it is executed. An object costs 1; a page 1, plus 1 for each object it
 * may hold; a total count 1; a mutation 10. The selection of a page counts once for each object it may hold. Plain
 * attributes are free. Fields that @skip and @include exclude do not count, and of a union only its most expensive type.
 *
 * @param operation valid, and of bounded size
 */
export function costOf(
  schema: GraphQLSchema,
  document: DocumentNode,
  operation: OperationDefinitionNode,
  variables: Variables,
): number {
  const root = schema.getRootType(operation.operation);
  if (!root) return 0;
  const write = operation.operation === OperationTypeNode.MUTATION ? MUTATION_COST : 0;
  const meter = new Meter(schema, fragmentsOf(document), variables);
  const fields = meter.collect(root, [operation.selectionSet]);
  return meter.costOfFields(root, fields) + write * fields.size;
}

/** Estimates and caches the cost of operations, which depends on few of their variables. */
export class CostEstimator {
  readonly #operations = new WeakMap<OperationDefinitionNode, OperationCosts>();

  constructor(private readonly schema: GraphQLSchema) {}

  /** See `costOf`. */
  get(document: DocumentNode, operation: OperationDefinitionNode, variables: Variables): number {
    let costs = this.#operations.get(operation);
    if (!costs) {
      costs = { dependencies: findDependencies(document), byValues: new Map() };
      this.#operations.set(operation, costs);
    }
    const key = costs.dependencies.map((name) => String(variables[name])).join(' ');
    let cost = costs.byValues.get(key);
    if (cost === undefined) {
      cost = costOf(this.schema, document, operation, variables);
      if (costs.byValues.size >= MAX_COSTS) costs.byValues.clear();
      costs.byValues.set(key, cost);
    }
    return cost;
  }
}

/** The maximum number of cached costs of an operation. */
const MAX_COSTS = 200;

/** The costs of an operation by the values of the variables they depend on. */
interface OperationCosts {
  readonly dependencies: readonly string[];
  readonly byValues: Map<string, number>;
}

/** The variables that are page sizes or conditions, in all operations of a document. */
function findDependencies(document: DocumentNode): readonly string[] {
  const names = new Set<string>();
  visit(document, {
    Argument({ name, value }) {
      if (value.kind === Kind.VARIABLE && COST_ARGUMENTS.has(name.value)) names.add(value.name.value);
    },
  });
  return [...names];
}

const COST_ARGUMENTS = new Set(['first', 'last', 'if']);

/** Fields by their response key. Those with the same key are merged into one. */
type Fields = ReadonlyMap<string, readonly [FieldNode, ...FieldNode[]]>;

class Meter {
  constructor(
    private readonly schema: GraphQLSchema,
    private readonly fragments: ReadonlyMap<string, FragmentDefinitionNode>,
    private readonly variables: Variables,
  ) {}

  costOfFields(type: GraphQLObjectType, fields: Fields): number {
    let cost = 0;
    for (const nodes of fields.values()) cost += this.#costOfField(type, nodes);
    return cost;
  }

  /** Collects the fields that apply to an object type, without those that conditions exclude. */
  collect(type: GraphQLObjectType, selectionSets: readonly SelectionSetNode[]): Fields {
    const fields = new Map<string, [FieldNode, ...FieldNode[]]>();
    for (const selectionSet of selectionSets) this.#collectInto(fields, type, selectionSet);
    return fields;
  }

  #collectInto(
    fields: Map<string, [FieldNode, ...FieldNode[]]>,
    type: GraphQLObjectType,
    { selections }: SelectionSetNode,
  ): void {
    for (const selection of selections) {
      if (!this.#isIncluded(selection.directives)) continue;
      if (selection.kind === Kind.FIELD) {
        const name = selection.alias?.value ?? selection.name.value;
        const known = fields.get(name);
        if (known) known.push(selection);
        else fields.set(name, [selection]);
        continue;
      }
      const fragment = selection.kind === Kind.INLINE_FRAGMENT ? selection : this.fragments.get(selection.name.value);
      if (fragment && this.#applies(fragment.typeCondition?.name.value, type)) {
        this.#collectInto(fields, type, fragment.selectionSet);
      }
    }
  }

  #costOfField(parent: GraphQLObjectType, nodes: readonly [FieldNode, ...FieldNode[]]): number {
    const [node] = nodes;
    const field = parent.getFields()[node.name.value] ?? META_FIELDS[node.name.value];
    const type = field ? getNamedType(field.type) : undefined;
    if (!field || !isCompositeType(type)) return 0;
    if (isConnection(type)) return this.#costOfConnection(type, nodes, this.#pageSize(node));
    const each = this.#costOfSelection(field, nodes);
    if (!type.name.startsWith('__')) return (field.resolve ? 1 : 0) + each;
    return isList(field) ? INTROSPECTION_LIST_SIZE * (1 + each) : each;
  }

  #costOfConnection(type: GraphQLObjectType, connection: readonly FieldNode[], size: number): number {
    let cost = 1;
    let readsPage = false;
    let each = 1;
    for (const nodes of this.collect(type, selectionSetsOf(connection)).values()) {
      const [{ name }] = nodes;
      if (name.value === 'totalCount') cost++;
      if (PAGES.includes(name.value)) readsPage = true;
      const rows = name.value === 'edges' || name.value === 'nodes' ? type.getFields()[name.value] : undefined;
      if (rows) each += this.#costOfSelection(rows, nodes);
    }
    return readsPage ? cost + size * each : cost;
  }

  /** The cost of the selection of a field, for each of its objects. */
  #costOfSelection({ type }: GraphQLField<unknown, unknown>, nodes: readonly FieldNode[]): number {
    const named = getNamedType(type);
    const possible = isAbstractType(named) ? this.schema.getPossibleTypes(named) : isObjectType(named) ? [named] : [];
    return Math.max(0, ...possible.map((one) => this.costOfFields(one, this.collect(one, selectionSetsOf(nodes)))));
  }

  /** Invalid sizes (absent, 0, 101) are clamped: the resolver refuses them with a better message. */
  #pageSize({ arguments: parameters = [] }: FieldNode): number {
    const value = parameters.find(({ name }) => name.value === 'first' || name.value === 'last')?.value;
    const size =
      value?.kind === Kind.INT
        ? Number(value.value)
        : value?.kind === Kind.VARIABLE
          ? this.variables[value.name.value]
          : undefined;
    return typeof size === 'number' ? Math.min(Math.max(size, 0), MAX_PAGE_SIZE) : 0;
  }

  #isIncluded(directives: readonly DirectiveNode[] = []): boolean {
    return directives.every(({ name, arguments: parameters }) => {
      const condition = parameters?.find((parameter) => parameter.name.value === 'if')?.value;
      const value =
        condition?.kind === Kind.VARIABLE
          ? this.variables[condition.name.value] === true
          : condition?.kind === Kind.BOOLEAN && condition.value;
      return name.value === 'skip' ? !value : value;
    });
  }

  #applies(condition: string | undefined, type: GraphQLObjectType): boolean {
    if (condition === undefined || condition === type.name) return true;
    const other = this.schema.getType(condition);
    return isAbstractType(other) && this.schema.isSubType(other, type);
  }
}

function selectionSetsOf(nodes: readonly FieldNode[]): readonly SelectionSetNode[] {
  return nodes.flatMap(({ selectionSet }) => selectionSet ?? []);
}

function isConnection(type: GraphQLCompositeType): type is GraphQLObjectType {
  return isObjectType(type) && type.name.endsWith('Connection');
}

function isList({ type }: GraphQLField<unknown, unknown>): boolean {
  return isListType(getNullableType(type));
}
