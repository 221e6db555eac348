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

/** The ids that an operation may need beside the one it is about, all of the directory it is sent to. */
export interface OwnIds {
  readonly user: string;
  readonly group: string;
}

export interface OperationOptions {
  /** The id to put there. */
  readonly id: string;
  readonly own: OwnIds;
  /** The slug of the directory, for who must name one. */
  readonly directory?: string;
}

/** A place in the schema where a client names something: an argument or a field of an input, however deep. */
export interface IdPlace {
  /** Such as `Mutation.addGroupMembers(input.memberIds)`. */
  readonly name: string;
  /** Whether it takes the slug of a directory instead of an id. */
  readonly isSlug: boolean;
  /** Whether the operation can say which directory it means, apart from the place itself. */
  readonly namesDirectory: boolean;
  toOperation(options: OperationOptions): string;
}

type Place = GraphQLArgument | GraphQLInputField;
type Field = GraphQLField<unknown, unknown>;

interface Step {
  readonly parent: string;
  readonly field: Field;
}

/** The words of an enum stand without quotes. */
class Word {
  constructor(readonly text: string) {}
}

type Literal = string | number | boolean | Word | readonly Literal[] | { readonly [key: string]: Literal };

let serial = 0;

/** Every place below Query and Mutation where the schema takes an id or the slug of a directory. */
export function idPlaces(schema: GraphQLSchema): IdPlace[] {
  const places: IdPlace[] = [];
  const seen = new Set<Field>();
  const visit = (type: GraphQLObjectType, steps: readonly Step[]): void => {
    for (const field of Object.values(type.getFields())) {
      if (seen.has(field)) continue;
      seen.add(field);
      const path = [...steps, { parent: type.name, field }];
      for (const argument of field.args) places.push(...placesIn(path, argument));
      const next = getNamedType(field.type);
      const targets = isObjectType(next) ? [next] : isInterfaceType(next) ? schema.getPossibleTypes(next) : [];
      for (const target of targets) if (type.name !== 'Mutation') visit(target, path);
    }
  };
  for (const root of [schema.getQueryType(), schema.getMutationType()]) if (root) visit(root, []);
  return places;
}

function placesIn(path: readonly Step[], argument: GraphQLArgument): IdPlace[] {
  const last = path.at(-1)!;
  return namedIn(argument, []).map((inner) => {
    const isSlug = inner.at(-1)!.type.toString().startsWith('String');
    return {
      name: `${last.parent}.${last.field.name}(${inner.map(({ name }) => name).join('.')})`,
      isSlug,
      namesDirectory: !isSlug && path.some(({ field }) => namesDirectory(field)),
      toOperation: (options) => toOperation(path, inner, options),
    };
  });
}

function isNamed({ name, type }: Place): boolean {
  const named = getNamedType(type).name;
  return named === 'ID' || (named === 'String' && ['directory', 'slug'].includes(name));
}

/** The chains of fields that lead from an argument to an id. A filter inside itself is no new place. */
function namedIn(place: Place, outer: readonly Place[]): Place[][] {
  if (isNamed(place)) return [[...outer, place]];
  const type = getNamedType(place.type);
  if (!isInputObjectType(type) || outer.some((one) => getNamedType(one.type) === type)) return [];
  return Object.values(type.getFields()).flatMap((field) => namedIn(field, [...outer, place]));
}

function namesDirectory(field: Field): boolean {
  return field.args.some((argument) =>
    namedIn(argument, []).some((chain) => chain.at(-1)!.type.toString().startsWith('String')),
  );
}

function toOperation(path: readonly Step[], chain: readonly Place[], options: OperationOptions): string {
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

/** The id, in the innermost of the chain of inputs, with what those inputs need beside it. */
function valueOf([place, ...inner]: readonly Place[], options: OperationOptions): Literal {
  const value = inner.length === 0 ? options.id : inputOf(place!, inner, options);
  return isListType(getNullableType(place!.type)) ? [value] : value;
}

function inputOf(place: Place, inner: readonly Place[], options: OperationOptions): Literal {
  const type = getNamedType(place.type);
  if (!isInputObjectType(type)) throw new Error(`${place.name} has nothing inside`);
  return Object.fromEntries(
    Object.values(type.getFields()).flatMap((field): Array<[string, Literal]> => {
      if (field === inner[0]) return [[field.name, valueOf(inner, options)]];
      const value = sampleOf(field, options, isRequiredInputField(field));
      return value === undefined ? [] : [[field.name, value]];
    }),
  );
}

/** Returns a value for another argument: the directory if it must be named, and a sample if the argument is required. */
function sampleOf(place: Place, options: OperationOptions, required: boolean): Literal | undefined {
  if (isNamed(place) && getNamedType(place.type).name === 'String') {
    if (options.directory !== undefined) return options.directory;
  }
  if (!required) return undefined;
  return sample(place.name, place.type, options);
}

function sample(name: string, type: GraphQLInputType, options: OperationOptions): Literal {
  const nullable = getNullableType(type);
  if (isListType(nullable)) return [sample(name, nullable.ofType, options)];
  if (isEnumType(nullable)) return new Word(nullable.getValues()[0]!.name);
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

/** Every plain field, and those of what lies below: enough to see whether something was found. */
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
  if (value instanceof Word) return value.text;
  if (Array.isArray(value)) return `[${value.map(print).join(', ')}]`;
  if (typeof value !== 'object') return JSON.stringify(value);
  return `{ ${Object.entries(value as Readonly<Record<string, Literal>>)
    .map(([key, one]) => `${key}: ${print(one)}`)
    .join(', ')} }`;
}
