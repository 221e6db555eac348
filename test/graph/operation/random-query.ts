import fc from 'fast-check';
import {
  getNamedType,
  isAbstractType,
  isLeafType,
  isNonNullType,
  isObjectType,
  type GraphQLArgument,
  type GraphQLCompositeType,
  type GraphQLField,
  type GraphQLSchema,
} from 'graphql';

/** A query with its variables. */
export interface RandomQuery {
  readonly query: string;
  readonly variables: Readonly<Record<string, unknown>>;
}

/** Values of arguments by name: a literal, and the value of a variable of the same type. */
export type ArgumentValues = Readonly<
  Record<string, ReadonlyArray<{ readonly literal: string; readonly value: unknown }>>
>;

const MAX_DEPTH = 6;

/** Generates queries of a schema with fields, aliases, named and inline fragments, conditions and variables. */
export function randomQuery(schema: GraphQLSchema, values: ArgumentValues): fc.Arbitrary<RandomQuery> {
  return fc.infiniteStream(fc.nat(1_000_000)).map((numbers) => {
    const choose = (count: number): number => (numbers.next().value as number) % count;
    return new Writer(schema, values, choose).write();
  });
}

class Writer {
  readonly #definitions: string[] = [];
  readonly #variables: Record<string, unknown> = {};
  readonly #fragments: string[] = [];

  constructor(
    private readonly schema: GraphQLSchema,
    private readonly values: ArgumentValues,
    private readonly choose: (count: number) => number,
  ) {}

  write(): RandomQuery {
    const selection = this.#selection(this.schema.getQueryType()!, 1);
    const definitions = this.#definitions.length > 0 ? `(${this.#definitions.join(', ')})` : '';
    return { query: [`query ${definitions} ${selection}`, ...this.#fragments].join('\n'), variables: this.#variables };
  }

  #selection(type: GraphQLCompositeType, depth: number): string {
    const fields = isAbstractType(type) && !('getFields' in type) ? [] : this.#fields(type, depth);
    const wanted = 1 + this.choose(3);
    const parts = fields.length > 0 ? Array.from({ length: wanted }, () => this.#field(fields, depth)) : ['__typename'];
    if (isAbstractType(type)) {
      for (const possible of this.schema.getPossibleTypes(type)) {
        if (this.choose(2) === 0)
          parts.push(`... on ${possible.name}${this.#condition()} ${this.#selection(possible, depth)}`);
      }
    } else if (depth < MAX_DEPTH && this.choose(4) === 0) {
      parts.push(this.#spread(type, depth));
    }
    if (this.choose(3) === 0) parts.push('__typename');
    return `{ ${parts.join(' ')} }`;
  }

  #fields(type: GraphQLCompositeType, depth: number): Array<GraphQLField<unknown, unknown>> {
    const fields = 'getFields' in type ? Object.values(type.getFields()) : [];
    return fields.filter((field) => depth < MAX_DEPTH || isLeafType(getNamedType(field.type)));
  }

  #field(fields: ReadonlyArray<GraphQLField<unknown, unknown>>, depth: number): string {
    const field = fields[this.choose(fields.length)]!;
    const type = getNamedType(field.type);
    // Two fields with the same name and different arguments do not merge: an alias distinguishes them.
    const alias = field.args.length > 0 || this.choose(6) === 0 ? `a${this.choose(1_000_000)}: ` : '';
    const head = `${alias}${field.name}${this.#arguments(field.args)}${this.#condition()}`;
    return isLeafType(type) ? head : `${head} ${this.#selection(type as GraphQLCompositeType, depth + 1)}`;
  }

  #arguments(args: readonly GraphQLArgument[]): string {
    const given = args.flatMap((arg) => {
      const known = this.values[arg.name];
      if (!known || (!isNonNullType(arg.type) && arg.name !== 'first' && this.choose(3) > 0)) return [];
      const { literal, value } = known[this.choose(known.length)]!;
      return [`${arg.name}: ${this.choose(2) === 0 ? literal : this.#variable(arg.type.toString(), value)}`];
    });
    return given.length > 0 ? `(${given.join(', ')})` : '';
  }

  #variable(type: string, value: unknown): string {
    const name = `v${this.#definitions.length}`;
    this.#definitions.push(`$${name}: ${type}`);
    // Sometimes omit a nullable variable.
    if (type.endsWith('!') || this.choose(8) > 0) this.#variables[name] = value;
    return `$${name}`;
  }

  #condition(): string {
    const kind = this.choose(12);
    if (kind > 3) return '';
    const directive = kind % 2 === 0 ? 'skip' : 'include';
    const value = this.choose(2) === 0;
    return ` @${directive}(if: ${kind < 2 ? String(value) : this.#variable('Boolean!', value)})`;
  }

  #spread(type: GraphQLCompositeType, depth: number): string {
    if (!isObjectType(type)) return '__typename';
    const selection = this.#selection(type, depth + 1);
    if (this.choose(2) === 0) return `...${this.#condition()} ${selection}`;
    const name = `F${this.#fragments.length}`;
    this.#fragments.push('');
    this.#fragments[Number(name.slice(1))] = `fragment ${name} on ${type.name} ${selection}`;
    return `...${name}${this.#condition()} ...${name}${this.#condition()}`;
  }
}
