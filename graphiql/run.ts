import { createClient } from 'graphql-ws';

/** The endpoint of operations and the token. */
export interface Service {
  /** The URL of GraphQL over HTTP; the WebSocket has the same path. */
  readonly url: string;
  readonly token: string;
}

/** One operation, as it is sent. */
export interface Request {
  readonly query: string;
  readonly operationName?: string | undefined;
  readonly variables?: Record<string, unknown> | undefined;
}

/** Receives the answers of an operation. */
export interface Listener {
  /** Called with an answer: once for a query or a mutation, any number of times for a subscription. */
  next(answer: unknown): void;
  /** Called when no more answers follow; `trouble` is a message when that was not expected. */
  ended(trouble?: string): void;
}

/** Runs a query or a mutation. @returns the JSON of the answer, whatever its status; rejects when it is not JSON */
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
    throw new Error(`${response.status} ${response.statusText}, and the answer is not JSON`, { cause });
  }
}

/**
 * Runs a subscription over a separate WebSocket.
 *
 * Does not reconnect: it would resume at the latest event and silently miss those in between.
 *
 * @returns a function that ends the subscription
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

/** Describes the close event that graphql-ws reports, or the error of a failed connection. */
function describeClose(error: unknown): string {
  const { code, reason } = error as Partial<CloseEvent>;
  if (code === 4403 || code === 4401) return 'The token is invalid, has expired or was revoked';
  if (typeof code === 'number') return `The connection closed with ${code}${reason ? ` (${reason})` : ''}`;
  return error instanceof Error ? error.message : 'The connection failed';
}
