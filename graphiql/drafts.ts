import { Kind, parse, type OperationDefinitionNode } from 'graphql';

/** The content of one tab of the page. */
export interface Draft {
  readonly query: string;
  /** JSON, or an empty string. */
  readonly variables: string;
}

const KEY = 'portico.drafts';

/** Reads the stored drafts. Returns undefined if there are none or they cannot be read. */
export function readDrafts(storage: Pick<Storage, 'getItem'>): Draft[] | undefined {
  const drafts = parseJson(storage.getItem(KEY) ?? '');
  return Array.isArray(drafts) && drafts.length > 0 && drafts.every(isDraft) ? drafts : undefined;
}

/** Stores the drafts in the browser. Has no effect if the storage is full or unavailable. */
export function storeDrafts(storage: Pick<Storage, 'setItem'>, drafts: readonly Draft[]): void {
  try {
    storage.setItem(KEY, JSON.stringify(drafts.map(({ query, variables }) => ({ query, variables }))));
  } catch (error) {
    if (!(error instanceof DOMException)) throw error;
  }
}

/** The operation of a document to run. */
export interface ChosenOperation {
  readonly kind: 'query' | 'mutation' | 'subscription';
  readonly name: string | undefined;
}

/**
 * Returns the operation at a position, or the first operation. A document that cannot be parsed counts as a query,
 * because the response of the server reports the syntax error.
 */
export function chooseOperation(query: string, position: number): ChosenOperation {
  const operations = findOperations(query);
  const around = operations.find(({ loc }) => loc && loc.start <= position && position <= loc.end);
  const chosen = around ?? operations[0];
  return { kind: chosen?.operation ?? 'query', name: chosen?.name?.value };
}

/** Returns the title of a tab: the name of the first operation. */
export function titleOf({ query }: Draft): string {
  return /^\s*(?:query|mutation|subscription)\s+(\w+)/m.exec(query)?.[1] ?? 'Untitled';
}

function findOperations(query: string): OperationDefinitionNode[] {
  try {
    return parse(query).definitions.filter((definition) => definition.kind === Kind.OPERATION_DEFINITION);
  } catch (error) {
    if (error instanceof Error && error.name === 'GraphQLError') return [];
    throw error;
  }
}

function isDraft(value: unknown): value is Draft {
  const { query, variables } = (value ?? {}) as Record<string, unknown>;
  return typeof query === 'string' && typeof variables === 'string';
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text) as unknown;
  } catch (error) {
    if (error instanceof SyntaxError) return undefined;
    throw error;
  }
}
