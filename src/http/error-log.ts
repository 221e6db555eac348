/** SQLSTATE classes whose messages quote the value that was refused: data exceptions, constraints, raised ones. */
const QUOTES_VALUES = /^(22|23|P0)/;
const SQL_STATE = /^[0-9A-Z]{5}$/;

/** Properties of the driver's errors that name things of ours. `detail`, `where` and the query hold values. */
const NAMES = ['code', 'syscall', 'severity', 'table', 'column', 'constraint', 'routine'] as const;

/** How many causes of causes are followed. */
const DEPTH = 3;

/**
 * What the log says of an error: its kind, its names and where it arose. No attribute value, query or body gets out:
 * properties are picked by name, and a message that may quote a value is left out.
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

/** JSON.parse quotes what it could not read; PostgreSQL what it would not store. */
function mayQuote(error: Error, code: unknown): boolean {
  if (error instanceof SyntaxError) return true;
  return typeof code === 'string' && SQL_STATE.test(code) && QUOTES_VALUES.test(code);
}

/** The stack without its first lines, which repeat the message. */
function frames({ stack = '' }: Error): string {
  return stack
    .split('\n')
    .filter((line) => /^ {4}at /.test(line))
    .join('\n');
}
