import { ArgsType, Field, Int, ObjectType } from 'type-graphql';
import { DomainError } from '../../domain/kernel/errors.js';
import type { Page, PageBounds, Position, Side } from '../../domain/search/keyset-pagination.js';
import { parseCursor, type CursorScope } from '../../domain/search/page-cursor.js';
import { badInput } from '../kernel/errors.js';
import { MethodField } from '../kernel/method-field.js';
import type { Plain } from '../kernel/plain-type.js';

/** The maximum number of rows of a page. */
const MAX_PAGE_SIZE = 100;

@ArgsType()
export class ConnectionArgs {
  @Field(() => Int, {
    nullable: true,
    description:
      'The number of elements to return from the start of the list, 1 to 100. Exactly one of `first` and `last` is required.',
  })
  first?: number | null;

  @Field(() => String, { nullable: true, description: 'Returns the elements after this cursor.' })
  after?: string | null;

  @Field(() => Int, {
    nullable: true,
    description:
      'The number of elements to return from the end of the list, 1 to 100. Exactly one of `first` and `last` is required.',
  })
  last?: number | null;

  @Field(() => String, { nullable: true, description: 'Returns the elements before this cursor.' })
  before?: string | null;
}

@ObjectType({ simpleResolvers: true, description: 'Information about the position of a page in its list.' })
export class PageInfo {
  @MethodField()
  @Field(() => Boolean, { description: 'Whether the list has elements after the page.' })
  hasNextPage!: unknown;

  @MethodField()
  @Field(() => Boolean, { description: 'Whether the list has elements before the page.' })
  hasPreviousPage!: unknown;

  @Field(() => String, { nullable: true, description: 'The cursor of the first edge. Null if the page is empty.' })
  startCursor!: unknown;

  @Field(() => String, { nullable: true, description: 'The cursor of the last edge. Null if the page is empty.' })
  endCursor!: unknown;
}

/** Reads the cursor that an argument gives. Throws DomainError CURSOR_INVALID. */
function toPosition(text: string, scope: CursorScope, argument: string): Position {
  const position = parseCursor(text, scope)?.position;
  if (position) return position;
  throw new DomainError(
    'CURSOR_INVALID',
    `\`${argument}\` must be a cursor of the same list, in the same order and of the same directory`,
  );
}

/**
 * Parses the arguments of a connection.
 *
 * @throws GraphQLError BAD_USER_INPUT unless exactly one of `first` and `last` is 1 to 100
 * @throws DomainError CURSOR_INVALID
 */
export function toBounds(field: string, args: Plain<ConnectionArgs>, scope: CursorScope): PageBounds {
  const { first, last, after, before } = args;
  const sizes = [
    ...(typeof first === 'number' ? [`first: ${first}`] : []),
    ...(typeof last === 'number' ? [`last: ${last}`] : []),
  ];
  const size = first ?? last;
  if (sizes.length !== 1 || typeof size !== 'number' || size < 1 || size > MAX_PAGE_SIZE) {
    throw badInput(
      `\`${field}\` requires exactly one of \`first\` and \`last\`, from 1 to ${MAX_PAGE_SIZE}; ` +
        `the operation requests ${sizes.join(' and ') || 'neither'}`,
    );
  }
  return {
    size,
    backward: typeof last === 'number',
    ...(typeof after === 'string' ? { after: toPosition(after, scope, 'after') } : {}),
    ...(typeof before === 'string' ? { before: toPosition(before, scope, 'before') } : {}),
  };
}

/** The source of the rows of a connection. Each method is called only when its field is selected. */
export interface PageSource<Row> {
  read(): Promise<Page<Row>>;
  /** Whether there is a row at the position or beyond it. */
  existsBeyond(side: Side, position: Position): Promise<boolean>;
  count(): number | Promise<number>;
}

/** Converts the rows of a connection. */
export interface RowView<Row> {
  toNode(row: Row): unknown;
  toCursor(row: Row): string;
}

/** An edge, as the default resolvers read it. Its cursor is encoded lazily, because most queries do not select it. */
class Edge<Row extends object> {
  readonly node: unknown;
  /** The time at which the row was added, if the list is one of memberships. */
  readonly addedAt: unknown;
  #cursor: string | undefined;

  constructor(
    private readonly row: Row,
    private readonly view: RowView<Row>,
  ) {
    this.node = view.toNode(row);
    this.addedAt = 'addedAt' in row ? row.addedAt : undefined;
  }

  get cursor(): string {
    this.#cursor ??= this.view.toCursor(this.row);
    return this.#cursor;
  }
}

/** A connection, as its method fields read it. */
export interface ConnectionSource {
  edges(): Promise<readonly unknown[]>;
  nodes(): Promise<readonly unknown[]>;
  pageInfo(): Promise<PageInfoSource>;
  totalCount(): number | Promise<number>;
}

interface PageInfoSource {
  readonly startCursor: string | null;
  readonly endCursor: string | null;
  hasNextPage(): boolean | Promise<boolean>;
  hasPreviousPage(): boolean | Promise<boolean>;
}

/** A connection: a method for each field. The page is read once, and only if one of its fields is selected. */
export class Connection<Row extends object> implements ConnectionSource {
  #page: Promise<Page<Row>> | undefined;

  constructor(
    private readonly bounds: PageBounds,
    private readonly source: PageSource<Row>,
    private readonly view: RowView<Row>,
  ) {}

  async edges(): Promise<readonly unknown[]> {
    const { rows } = await this.#read();
    return rows.map((row) => new Edge(row, this.view));
  }

  async nodes(): Promise<readonly unknown[]> {
    const { rows } = await this.#read();
    return rows.map((row) => this.view.toNode(row));
  }

  async pageInfo(): Promise<PageInfoSource> {
    const { rows, more } = await this.#read();
    const { after, before, backward } = this.bounds;
    const [first] = rows;
    const last = rows.at(-1);
    return {
      startCursor: first ? this.view.toCursor(first) : null,
      endCursor: last ? this.view.toCursor(last) : null,
      hasNextPage: () => (!backward && more) || (before ? this.source.existsBeyond('after', before) : false),
      hasPreviousPage: () => (backward && more) || (after ? this.source.existsBeyond('before', after) : false),
    };
  }

  totalCount(): number | Promise<number> {
    return this.source.count();
  }

  #read(): Promise<Page<Row>> {
    this.#page ??= this.source.read();
    return this.#page;
  }
}
