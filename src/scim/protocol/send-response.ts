import type { ServerResponse } from 'node:http';
import type { ScimResponse } from './endpoint.js';
import { JsonText } from './json-stream.js';

/** The number of characters to buffer before a write. A shorter text is sent as a whole, with Content-Length. */
const GATHERED = 64 * 1024;

/**
 * How long a client may stop reading before it is disconnected, since its response occupies a database connection.
 * Milliseconds.
 */
const STALL_TIMEOUT = 30_000;

/**
 * Sends a response. The Content-Type is exactly `application/scim+json`, because Entra's validator rejects a charset
 * parameter.
 *
 * Resolves when everything has been written, or the client has disconnected. If a stream fails midway, `headersSent`
 * tells whether an error response can still be sent.
 */
export async function sendResponse(
  response: ServerResponse,
  result: ScimResponse,
  stallTimeout = STALL_TIMEOUT,
): Promise<void> {
  const { body } = result;
  if (body instanceof JsonText) {
    try {
      await sendText(response, result, body, stallTimeout);
    } finally {
      await body.close();
    }
  } else {
    sendWhole(response, result, body && JSON.stringify(body));
  }
}

function sendHead(response: ServerResponse, { status, headers = {}, body }: ScimResponse): void {
  response.statusCode = status;
  for (const [name, value] of Object.entries(headers)) response.setHeader(name, value);
  if (!body) return;
  // RFC 7643 §3.1: `meta.location` has the same value as the Content-Location header.
  if (headers['Location'] !== undefined) response.setHeader('Content-Location', headers['Location']);
  response.setHeader('Content-Type', 'application/scim+json');
}

function sendWhole(response: ServerResponse, result: ScimResponse, text: string | undefined): void {
  sendHead(response, result);
  if (text === undefined) {
    response.end();
    return;
  }
  const bytes = Buffer.from(text);
  response.setHeader('Content-Length', bytes.length);
  response.end(bytes);
}

/** Writes the pieces as fast as the client reads them. */
async function sendText(
  response: ServerResponse,
  result: ScimResponse,
  text: JsonText,
  stallTimeout: number,
): Promise<void> {
  // HEAD has no body, and the length is unknown without reading all of it.
  if (response.req.method === 'HEAD') {
    sendWhole(response, result, undefined);
    return;
  }
  let gathered = '';
  for await (const piece of text.pieces) {
    if (response.destroyed) return;
    gathered += piece;
    if (gathered.length < GATHERED) continue;
    if (!response.headersSent) sendHead(response, result);
    if (!response.write(gathered)) await drained(response, stallTimeout);
    gathered = '';
  }
  if (response.headersSent) response.end(gathered);
  else sendWhole(response, result, gathered);
}

/** Resolves when the buffer has been flushed or the connection is closed. Disconnects a client that does not read. */
async function drained(response: ServerResponse, stallTimeout: number): Promise<void> {
  await new Promise<void>((resolve) => {
    const done = (): void => {
      clearTimeout(timer);
      response.off('drain', done).off('close', done);
      resolve();
    };
    const timer = setTimeout(() => response.destroy(), stallTimeout);
    response.on('drain', done).on('close', done);
    // If the connection was closed before the listeners were added, no event follows.
    if (response.destroyed) done();
  });
}
