import {
  getNamedType,
  getNullableType,
  isEnumType,
  isInputObjectType,
  isInterfaceType,
  isLeafType,
  isListType,
  isObjectType,
  isRequiredArgument,
  isRequiredInputField,
  type GraphQLArgument,
  type GraphQLField,
  type GraphQLInputField,
  type GraphQLInputType,
  type GraphQLNamedType,
  type GraphQLObjectType,
  type GraphQLSchema,
} from 'graphql';

/** The other ids that an operation may need, all of the directory that it is sent to. */
export interface OwnIds {
  readonly user: string;
  readonly group: string;
}

export interface OperationOptions {
  /** The id to put there. */
  readonly id: string;
  readonly own: OwnIds;
  /** The slug of the directory, for tokens that must name one. */
  readonly directory?: string;
}

/** An argument or a nested input field of the schema that takes an id or the slug of a directory. */
export interface IdInput {
  /** For example `Mutation.addGroupMembers(input.memberIds)`. */
  readonly name: string;
  /** Whether it takes the slug of a directory instead of an id. */
  readonly isSlug: boolean;
  /** Whether the operation has another input for the directory. */
  readonly namesDirectory: boolean;
  toOperation(options: OperationOptions): string;
}

type InputValue = GraphQLArgument | GraphQLInputField;
type Field = GraphQLField<unknown, unknown>;

interface Step {
  readonly parent: string;
  readonly field: Field;
}

/** An enum value, which is printed without quotes. */
class EnumValue {
  constructor(readonly text: string) {}
}

type Literal = string | number | boolean | EnumValue | readonly Literal[] | { readonly [key: string]: Literal };

let serial = 0;

/** Returns all inputs of Query and Mutation for an id or the slug of a directory. */
export function idInputs(schema: GraphQLSchema): IdInput[] {
  const inputs: IdInput[] = [];
  const seen = new Set<Field>();
  const visit = (type: GraphQLObjectType, steps: readonly Step[]): void => {
    for (const field of Object.values(type.getFields())) {
      if (seen.has(field)) continue;
      seen.add(field);
      const path = [...steps, { parent: type.name, field }];
      for (const argument of field.args) inputs.push(...inputsOf(path, argument));
      const next = getNamedType(field.type);
      const targets = isObjectType(next) ? [next] : isInterfaceType(next) ? schema.getPossibleTypes(next) : [];
      for (const target of targets) if (type.name !== 'Mutation') visit(target, path);
    }
  };
  for (const root of [schema.getQueryType(), schema.getMutationType()]) if (root) visit(root, []);
  return inputs;
}

function inputsOf(path: readonly Step[], argument: GraphQLArgument): IdInput[] {
  const last = path.at(-1)!;
  return idPathsOf(argument, []).map((inner) => {
    const isSlug = inner.at(-1)!.type.toString().startsWith('String');
    return {
      name: `${last.parent}.${last.field.name}(${inner.map(({ name }) => name).join('.')})`,
      isSlug,
      namesDirectory: !isSlug && path.some(({ field }) => namesDirectory(field)),
      toOperation: (options) => toOperation(path, inner, options),
    };
  });
}

function isNamed({ name, type }: InputValue): boolean {
  const named = getNamedType(type).name;
  return named === 'ID' || (named === 'String' && ['directory', 'slug'].includes(name));
}

/** Returns the paths from an argument to an id. Does not descend into recursive input types again. */
function idPathsOf(input: InputValue, outer: readonly InputValue[]): InputValue[][] {
  if (isNamed(input)) return [[...outer, input]];
  const type = getNamedType(input.type);
  if (!isInputObjectType(type) || outer.some((one) => getNamedType(one.type) === type)) return [];
  return Object.values(type.getFields()).flatMap((field) => idPathsOf(field, [...outer, input]));
}

function namesDirectory(field: Field): boolean {
  return field.args.some((argument) =>
    idPathsOf(argument, []).some((chain) => chain.at(-1)!.type.toString().startsWith('String')),
  );
}

function toOperation(path: readonly Step[], chain: readonly InputValue[], options: OperationOptions): string {
  const text = path.reduceRight((selection, { parent, field }, index) => {
    const isLast = index === path.length - 1;
    const values = field.args.flatMap((argument): Array<[string, Literal]> => {
      if (isLast && argument === chain[0]) return [[argument.name, valueOf(chain, options)]];
      const value = sampleOf(argument, options, isRequiredArgument(argument) || argument.name === 'first');
      return value === undefined ? [] : [[argument.name, value]];
    });
    const given = values.length > 0 ? `(${values.map(([name, value]) => `${name}: ${print(value)}`).join(', ')})` : '';
    const isAbstract = index > 0 && isInterfaceType(getNamedType(path[index - 1]!.field.type));
    const call = `${field.name}${given} ${isLast ? selectionOf(getNamedType(field.type)) : selection}`;
    return isAbstract ? `{ ... on ${parent} { ${call} } }` : `{ ${call} }`;
  }, '');
  return `${path[0]!.parent.toLowerCase()} ${text}`;
}

/** Returns the value of an argument that has the id at the end of the path, and samples for other required fields. */
function valueOf([input, ...inner]: readonly InputValue[], options: OperationOptions): Literal {
  const value = inner.length === 0 ? options.id : inputOf(input!, inner, options);
  return isListType(getNullableType(input!.type)) ? [value] : value;
}

function inputOf(input: InputValue, inner: readonly InputValue[], options: OperationOptions): Literal {
  const type = getNamedType(input.type);
  if (!isInputObjectType(type)) throw new Error(`${input.name} is not an input object`);
  return Object.fromEntries(
    Object.values(type.getFields()).flatMap((field): Array<[string, Literal]> => {
      if (field === inner[0]) return [[field.name, valueOf(inner, options)]];
      const value = sampleOf(field, options, isRequiredInputField(field));
      return value === undefined ? [] : [[field.name, value]];
    }),
  );
}

/** Returns a value for another argument: the directory if it must be named, and a sample if the argument is required. */
function sampleOf(input: InputValue, options: OperationOptions, required: boolean): Literal | undefined {
  if (isNamed(input) && getNamedType(input.type).name === 'String') {
    if (options.directory !== undefined) return options.directory;
  }
  if (!required) return undefined;
  return sample(input.name, input.type, options);
}

function sample(name: string, type: GraphQLInputType, options: OperationOptions): Literal {
  const nullable = getNullableType(type);
  if (isListType(nullable)) return [sample(name, nullable.ofType, options)];
  if (isEnumType(nullable)) return new EnumValue(nullable.getValues()[0]!.name);
  if (isInputObjectType(nullable)) throw new Error(`Teach this test what a required ${nullable.name} looks like`);
  switch (nullable.name) {
    case 'ID':
      return name === 'groupId' ? options.own.group : options.own.user;
    case 'Int':
      return 1;
    case 'Boolean':
      return false;
    case 'String':
      return `sample-${++serial}`;
    case 'JSON':
      return {};
    default:
      throw new Error(`Teach this test what a required ${nullable.name} looks like`);
  }
}

/** Selects all fields without arguments, to a depth that shows whether something was found. */
function selectionOf(type: GraphQLNamedType, depth = 2): string {
  if (isLeafType(type)) return '';
  if (!isObjectType(type)) return '{ __typename }';
  const fields = Object.values(type.getFields()).filter(
    ({ args, type: inner }) => args.length === 0 && (depth > 0 || isLeafType(getNamedType(inner))),
  );
  const selected = fields.map((field) => `${field.name} ${selectionOf(getNamedType(field.type), depth - 1)}`);
  return `{ __typename ${selected.join(' ')} }`;
}

function print(value: Literal): string {
  if (value instanceof EnumValue) return value.text;
  if (Array.isArray(value)) return `[${value.map(print).join(', ')}]`;
  if (typeof value !== 'object') return JSON.stringify(value);
  return `{ ${Object.entries(value as Readonly<Record<string, Literal>>)
    .map(([key, one]) => `${key}: ${print(one)}`)
    .join(', ')} }`;
}
