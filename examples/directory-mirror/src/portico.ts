import { createClient } from 'graphql-ws';
import { Refused, ReloadRequired } from './errors.ts';
import {
  FollowDocument,
  type EventFieldsFragment,
  type FollowSubscription,
  type FollowSubscriptionVariables,
  type TypedDocumentString,
} from './operations.ts';

/** The address of Portico and a token. */
export interface Portico {
  /** The origin, such as `http://127.0.0.1:4000`. */
  readonly url: string;
  readonly token: string;
}

/** The timeout of a request, in milliseconds. */
const REQUEST_TIMEOUT = 30_000;
/** The interval of pings and the timeout of pongs, in milliseconds. */
const PING_EVERY = 10_000;
const PONG_WITHIN = 5_000;
/** The maximum number of events in a batch. */
const BATCH = 100;

const REFUSALS = ['UNAUTHENTICATED', 'FORBIDDEN', 'NOT_FOUND', 'BAD_USER_INPUT', 'CURSOR_INVALID'];
const LOST_CURSORS = ['CURSOR_EXPIRED', 'CURSOR_FROM_ANOTHER_HISTORY'];
/** The close codes of a socket whose token is not valid, or no longer valid. */
const BAD_CREDENTIALS = [4401, 4403];

interface GraphQLError {
  readonly message: string;
  readonly extensions?: { readonly code?: string } | undefined;
}

/**
 * Runs a query.
 *
 * @throws Refused or ReloadRequired; any other error may be temporary
 */
export async function query<Result, Variables>(
  { url, token }: Portico,
  operation: TypedDocumentString<Result, Variables>,
  variables: Variables,
): Promise<Result> {
  const response = await fetch(`${url}/graphql`, {
    method: 'POST',
    headers: { 'content-type': 'application/json', authorization: `Bearer ${token}` },
    body: JSON.stringify({ query: operation.toString(), variables }),
    signal: AbortSignal.timeout(REQUEST_TIMEOUT),
  });
  if (!response.headers.get('content-type')?.includes('json'))
    throw new Error(`Portico responded with ${response.status}`);
  const { data, errors } = (await response.json()) as { data?: Result; errors?: GraphQLError[] };
  if (errors?.[0]) throw toError(errors[0]);
  if (!data) throw new Error(`Portico responded with ${response.status} and no data`);
  return data;
}

/**
 * Follows the log over a WebSocket: all events after a cursor, in order, as they happen.
 *
 * @returns batches of events. The iteration ends with the connection and does not reconnect, because only the caller
 *   knows the cursor to resume from.
 * @throws the same errors as `query`
 */
export async function* follow(
  { url, token }: Portico,
  variables: FollowSubscriptionVariables,
): AsyncGenerator<EventFieldsFragment[], void> {
  const waiting: EventFieldsFragment[] = [];
  let ended: { readonly error?: Error } | undefined;
  let wake = (): void => undefined;
  const end = (error?: Error): void => {
    ended ??= error ? { error } : {};
    wake();
  };

  // Without pings, a connection whose peer has disappeared would seem open forever.
  let deadline: NodeJS.Timeout | undefined;
  const client = createClient({
    url: `${url.replace(/^http/, 'ws')}/graphql`,
    connectionParams: { authorization: `Bearer ${token}` },
    retryAttempts: 0,
    keepAlive: PING_EVERY,
    on: {
      ping: (received) => {
        if (!received) deadline = setTimeout(() => client.terminate(), PONG_WITHIN);
      },
      pong: () => clearTimeout(deadline),
      closed: () => clearTimeout(deadline),
    },
  });
  client.subscribe<FollowSubscription>(
    { query: FollowDocument.toString(), variables: { ...variables } },
    {
      next: ({ data, errors }) => {
        if (ended) return;
        if (errors?.[0]) end(toError(errors[0]));
        else if (data) waiting.push(data.directoryEvents);
        wake();
      },
      error: (error) => end(Array.isArray(error) ? toError(error[0] as GraphQLError) : toClosed(error)),
      complete: () => end(),
    },
  );

  try {
    for (;;) {
      if (waiting.length > 0) yield waiting.splice(0, BATCH);
      else if (ended?.error) throw ended.error;
      else if (ended) return;
      else await new Promise<void>((resolve) => (wake = resolve));
    }
  } finally {
    await client.dispose();
  }
}

function toError({ message, extensions }: GraphQLError): Error {
  const code = extensions?.code ?? '';
  if (LOST_CURSORS.includes(code)) return new ReloadRequired(message);
  return REFUSALS.includes(code) ? new Refused(message) : new Error(message);
}

/** Converts what graphql-ws reports: the close event, or the error of a connection that could not be opened. */
function toClosed(cause: unknown): Error {
  const { code, reason } = cause as { readonly code?: number; readonly reason?: string };
  if (code === undefined) return new Error('The connection could not be opened', { cause });
  if (BAD_CREDENTIALS.includes(code)) return new Refused('The token is invalid, has expired or was revoked');
  return new Error(`The connection closed with ${code}${reason ? ` (${reason})` : ''}`);
}
