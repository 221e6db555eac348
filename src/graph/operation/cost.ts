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

/** Values of variables, coerced. */
type Variables = Readonly<Record<string, unknown>>;

const WRITE = 10;
/** How many elements a list of introspection is taken to have. */
const INTROSPECTED = 5;
const MAX_PAGE_SIZE = 100;

const META_FIELDS: Readonly<Record<string, GraphQLField<unknown, unknown>>> = {
  __schema: SchemaMetaFieldDef,
  __type: TypeMetaFieldDef,
};

const PAGES = ['edges', 'nodes', 'pageInfo'];

/**
 * What an operation costs at the most, known before it runs: an object that is read is 1, a page 1 and each object that fits
 * into it 1, a total 1, a mutation 10. What stands beneath a page costs as often as objects fit into it. Plain attributes
 * are free. What @skip and @include leave out does not count, and of a union only the dearest of its types does.
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
  const write = operation.operation === OperationTypeNode.MUTATION ? WRITE : 0;
  const meter = new Meter(schema, fragmentsOf(document), variables);
  const fields = meter.collect(root, [operation.selectionSet]);
  return meter.costOfFields(root, fields) + write * fields.size;
}

/** Tells what operations cost, and remembers it: it depends on few of an operation's variables. */
export class CostEstimator {
  readonly #known = new WeakMap<OperationDefinitionNode, Priced>();

  constructor(private readonly schema: GraphQLSchema) {}

  /** See `costOf`. */
  get(document: DocumentNode, operation: OperationDefinitionNode, variables: Variables): number {
    const known = this.#known.get(operation);
    const priced = known ?? { depends: findDependencies(document), prices: new Map<string, number>() };
    if (!known) this.#known.set(operation, priced);
    const key = priced.depends.map((name) => String(variables[name])).join(' ');
    let price = priced.prices.get(key);
    if (price === undefined) {
      price = costOf(this.schema, document, operation, variables);
      if (priced.prices.size >= MAX_PRICES) priced.prices.clear();
      priced.prices.set(key, price);
    }
    return price;
  }
}

const MAX_PRICES = 200;

/** The prices of an operation by the values of the variables that they depend on. */
interface Priced {
  readonly depends: readonly string[];
  readonly prices: Map<string, number>;
}

/** The variables that are page sizes or conditions, of all operations of a document. */
function findDependencies(document: DocumentNode): readonly string[] {
  const names = new Set<string>();
  visit(document, {
    Argument({ name, value }) {
      if (value.kind === Kind.VARIABLE && PRICED.has(name.value)) names.add(value.name.value);
    },
  });
  return [...names];
}

const PRICED = new Set(['first', 'last', 'if']);

/** Fields that are merged into one, by the name that it has in the answer. */
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

  /** The fields of some selections that an object of the type has, without what conditions leave out. */
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
    const each = this.#costBeneath(field, nodes);
    if (!type.name.startsWith('__')) return (field.resolve ? 1 : 0) + each;
    return isList(field) ? INTROSPECTED * (1 + each) : each;
  }

  #costOfConnection(type: GraphQLObjectType, connection: readonly FieldNode[], size: number): number {
    let cost = 1;
    let readsPage = false;
    let each = 1;
    for (const nodes of this.collect(type, beneath(connection)).values()) {
      const [{ name }] = nodes;
      if (name.value === 'totalCount') cost++;
      if (PAGES.includes(name.value)) readsPage = true;
      const rows = name.value === 'edges' || name.value === 'nodes' ? type.getFields()[name.value] : undefined;
      if (rows) each += this.#costBeneath(rows, nodes);
    }
    return readsPage ? cost + size * each : cost;
  }

  /** What is beneath a field of objects, for each of them. */
  #costBeneath({ type }: GraphQLField<unknown, unknown>, nodes: readonly FieldNode[]): number {
    const named = getNamedType(type);
    const possible = isAbstractType(named) ? this.schema.getPossibleTypes(named) : isObjectType(named) ? [named] : [];
    return Math.max(0, ...possible.map((one) => this.costOfFields(one, this.collect(one, beneath(nodes)))));
  }

  /** What the resolver will refuse (no size, 0, 101) costs as if it were allowed: it has the better words for it. */
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

function beneath(nodes: readonly FieldNode[]): readonly SelectionSetNode[] {
  return nodes.flatMap(({ selectionSet }) => selectionSet ?? []);
}

function isConnection(type: GraphQLCompositeType): type is GraphQLObjectType {
  return isObjectType(type) && type.name.endsWith('Connection');
}

function isList({ type }: GraphQLField<unknown, unknown>): boolean {
  return isListType(getNullableType(type));
}
