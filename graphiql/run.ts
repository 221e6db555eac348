import { createClient } from 'graphql-ws';

/** The endpoint of operations and the token. */
export interface Service {
  /** The URL of GraphQL over HTTP; the WebSocket has the same path. */
  readonly url: string;
  readonly token: string;
}

/** A GraphQL request. */
export interface Request {
  readonly query: string;
  readonly operationName?: string | undefined;
  readonly variables?: Record<string, unknown> | undefined;
}

/** Receives the results of an operation. */
export interface Listener {
  /** Called with each result: once for a query or mutation, any number of times for a subscription. */
  next(result: unknown): void;
  /** Called after the last result. `reason` is a message if the operation ended unexpectedly. */
  ended(reason?: string): void;
}

/** Runs a query or mutation. @returns the JSON of the response, regardless of its status; rejects if it is not JSON */
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
    throw new Error(`${response.status} ${response.statusText}, and the response is not JSON`, { cause });
  }
}

/**
 * Runs a subscription over a separate WebSocket.
 *
 * It does not reconnect, because it would resume at the latest event and silently miss the events in between.
 *
 * @returns a function that ends the subscription
 */
export function subscribe({ url, token }: Service, request: Request, listener: Listener): () => void {
  let open = true;
  const end = (reason?: string): void => {
    if (!open) return;
    open = false;
    listener.ended(reason);
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
      next: (result) => {
        if (open) listener.next(result);
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
