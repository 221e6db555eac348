/**
 * SQLSTATE classes whose messages quote the rejected value: data exceptions, constraint violations, PL/pgSQL errors.
 */
const QUOTES_VALUES = /^(22|23|P0)/;
const SQL_STATE = /^[0-9A-Z]{5}$/;

/** Properties of driver errors that name database objects. `detail`, `where` and the query contain values. */
const NAMES = ['code', 'syscall', 'severity', 'table', 'column', 'constraint', 'routine'] as const;

/** The maximum depth of the chain of causes. */
const DEPTH = 3;

/**
 * Converts an error for the log: its kind, its names and its stack. Attribute values, queries and bodies must not reach
 * the log: properties are selected by name, and messages that may quote a value are omitted.
 */
export function toLoggedError(error: unknown, depth = 0): Record<string, unknown> {
  if (!(error instanceof Error)) return { type: typeof error };
  const properties = error as Error & Readonly<Record<string, unknown>>;
  const names = NAMES.flatMap((name) => (typeof properties[name] === 'string' ? [[name, properties[name]]] : []));
  const cause = error.cause ?? properties['originalError'];
  return {
    type: error.constructor.name,
    ...(mayQuote(error, properties['code']) ? {} : { message: error.message }),
    ...(Object.fromEntries(names) as Record<string, string>),
    stack: frames(error),
    ...(cause !== undefined && cause !== error && depth < DEPTH ? { cause: toLoggedError(cause, depth + 1) } : {}),
  };
}

/** Returns whether the message may contain data: JSON.parse and PostgreSQL quote the input that they reject. */
function mayQuote(error: Error, code: unknown): boolean {
  if (error instanceof SyntaxError) return true;
  return typeof code === 'string' && SQL_STATE.test(code) && QUOTES_VALUES.test(code);
}

/** Returns the stack without its first lines, which repeat the message. */
function frames({ stack = '' }: Error): string {
  return stack
    .split('\n')
    .filter((line) => /^ {4}at /.test(line))
    .join('\n');
}
