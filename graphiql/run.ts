import { createClient } from 'graphql-ws';

/** Where operations run, and as whom. */
export interface Service {
  /** The URL of GraphQL over http; its WebSocket is on the same path. */
  readonly url: string;
  readonly token: string;
}

/** One operation, as it goes over the wire. */
export interface Request {
  readonly query: string;
  readonly operationName?: string | undefined;
  readonly variables?: Record<string, unknown> | undefined;
}

/** Who is told of answers. */
export interface Listener {
  /** An answer: one of a query or a mutation, any number of a subscription. */
  next(answer: unknown): void;
  /** Nothing more will come; with a sentence when that is not as it should be. */
  ended(trouble?: string): void;
}

/** Runs a query or a mutation. @returns its JSON, whatever the status; rejects when there is none */
export async function runOnce(service: Service, request: Request, signal?: AbortSignal): Promise<unknown> {
  const response = await fetch(service.url, {
    method: 'POST',
    headers: {
      'content-type': 'application/json',
      accept: 'application/graphql-response+json, application/json',
      authorization: `Bearer ${service.token}`,
    },
    body: JSON.stringify(request),
    signal: signal ?? null,
  });
  const text = await response.text();
  try {
    return JSON.parse(text) as unknown;
  } catch (cause) {
    throw new Error(`${response.status} ${response.statusText}, and no JSON with it`, { cause });
  }
}

/**
 * Runs a subscription over a WebSocket of its own.
 *
 * It never comes back after a connection broke: it would go on at the latest event, and what happened in between would
 * be missing without a word.
 *
 * @returns what ends it
 */
export function subscribe({ url, token }: Service, request: Request, listener: Listener): () => void {
  let open = true;
  const end = (trouble?: string): void => {
    if (!open) return;
    open = false;
    listener.ended(trouble);
    void client.dispose();
  };
  const client = createClient({
    url: url.replace(/^http/, 'ws'),
    connectionParams: { authorization: `Bearer ${token}` },
    retryAttempts: 0,
  });
  const { query, operationName, variables } = request;
  client.subscribe(
    { query, operationName: operationName ?? null, variables: variables ?? null },
    {
      next: (answer) => {
        if (open) listener.next(answer);
      },
      error: (error) => {
        if (open && Array.isArray(error)) listener.next({ errors: error as unknown[] });
        end(Array.isArray(error) ? undefined : describeClose(error));
      },
      complete: () => end(),
    },
  );
  return () => end();
}

/** graphql-ws gives the event of the close, or what went wrong before there was a connection. */
function describeClose(error: unknown): string {
  const { code, reason } = error as Partial<CloseEvent>;
  if (code === 4403 || code === 4401) return 'The token is not valid, or no longer';
  if (typeof code === 'number') return `The connection closed with ${code}${reason ? ` (${reason})` : ''}`;
  return error instanceof Error ? error.message : 'The connection failed';
}
