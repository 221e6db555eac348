import type { ServerResponse } from 'node:http';
import type { ScimResponse } from './endpoint.js';
import { JsonText } from './json-stream.js';

/** Characters that are gathered before they are written; a shorter text goes out as a whole, with its length. */
const GATHERED = 64 * 1024;

/** How long a client may take nothing of what is being sent to it, in milliseconds. Its answer holds a connection. */
const PATIENCE = 30_000;

/**
 * Answers. The media type is exactly `application/scim+json`: Entra's validator refuses a charset beside it.
 *
 * Resolves when everything has been handed over, or the client has gone. When a text fails halfway, `headersSent` tells
 * whether there is still something else to answer.
 */
export async function sendResponse(response: ServerResponse, result: ScimResponse, patience = PATIENCE): Promise<void> {
  const { body } = result;
  if (body instanceof JsonText) {
    try {
      await sendText(response, result, body, patience);
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
  // RFC 7643 §3.1: what `meta.location` says of the resource in the body.
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

/** Writes the pieces as fast as the client takes them. */
async function sendText(
  response: ServerResponse,
  result: ScimResponse,
  text: JsonText,
  patience: number,
): Promise<void> {
  // Nobody will see the text, and how long it would be is known only once it is read.
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
    if (!response.write(gathered)) await drained(response, patience);
    gathered = '';
  }
  if (response.headersSent) response.end(gathered);
  else sendWhole(response, result, gathered);
}

/** Resolves when the client has taken what was written, or is gone; one that takes nothing for long is cut off. */
async function drained(response: ServerResponse, patience: number): Promise<void> {
  await new Promise<void>((resolve) => {
    const done = (): void => {
      clearTimeout(timer);
      response.off('drain', done).off('close', done);
      resolve();
    };
    const timer = setTimeout(() => response.destroy(), patience);
    response.on('drain', done).on('close', done);
    // Gone before anybody listened: nothing would come any more.
    if (response.destroyed) done();
  });
}
