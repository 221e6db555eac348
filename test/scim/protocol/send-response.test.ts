import { once } from 'node:events';
import { createServer, request, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import { JsonText, withList, withTexts } from '../../../src/scim/protocol/json-stream.js';
import { sendResponse } from '../../../src/scim/protocol/send-response.js';
import { until } from '../../support/portico-process.js';

let server: Server;
let respond: (response: ServerResponse) => Promise<void>;
/** How sending the response ended on the server's side. */
let outcome: string | undefined;
let closed: number;

beforeEach(async () => {
  outcome = undefined;
  closed = 0;
  server = createServer((_request, response) => {
    respond(response).then(
      () => (outcome = 'resolved'),
      (error: unknown) => {
        outcome = `${String(error)}, ${response.headersSent ? 'begun' : 'not begun'}`;
        response.destroy();
      },
    );
  });
  await once(server.listen(0, '127.0.0.1'), 'listening');
});

afterEach(() => {
  server.closeAllConnections();
  server.close();
});

function textOf(pieces: AsyncIterable<string>): JsonText {
  return new JsonText(pieces, async () => {
    await Promise.resolve();
    closed++;
  });
}

async function* piecesOf(...pieces: readonly string[]): AsyncGenerator<string> {
  for (const piece of pieces) yield await Promise.resolve(piece);
}

async function ask(method = 'GET'): Promise<IncomingMessage> {
  const { port } = server.address() as AddressInfo;
  const outgoing = request({ port, method, agent: false }).end();
  outgoing.on('error', () => undefined);
  const [incoming] = (await once(outgoing, 'response')) as [IncomingMessage];
  incoming.on('error', () => undefined);
  return incoming;
}

async function read(incoming: IncomingMessage): Promise<string> {
  const chunks: Buffer[] = [];
  for await (const chunk of incoming) chunks.push(chunk as Buffer);
  return Buffer.concat(chunks).toString();
}

const long = 'ä'.repeat(100_000);
const headers = { ETag: 'W/"1"', Location: 'http://x/1' };

describe('a streamed body', () => {
  test('that is short is sent with Content-Length', async () => {
    respond = (response) => sendResponse(response, { status: 200, headers, body: textOf(piecesOf('{"a":', '"ä"}')) });
    const incoming = await ask();
    expect(incoming.headers).toMatchObject({
      'content-type': 'application/scim+json',
      'content-length': '10',
      'content-location': 'http://x/1',
      etag: 'W/"1"',
    });
    expect(await read(incoming)).toBe('{"a":"ä"}');
    expect([outcome, closed]).toEqual(['resolved', 1]);
  });

  test('that is long is sent in chunks', async () => {
    respond = (response) =>
      sendResponse(response, { status: 201, headers, body: textOf(piecesOf('["', long, '","', long, '"]')) });
    const incoming = await ask();
    expect([incoming.statusCode, incoming.headers['transfer-encoding'], incoming.headers.etag]).toEqual([
      201,
      'chunked',
      'W/"1"',
    ]);
    expect(JSON.parse(await read(incoming))).toEqual([long, long]);
    expect(closed).toBe(1);
  });

  test('is not read for HEAD, but closed', async () => {
    async function* never(): AsyncGenerator<string> {
      yield await Promise.reject(new Error('was read'));
    }
    respond = (response) => sendResponse(response, { status: 200, headers, body: textOf(never()) });
    const incoming = await ask('HEAD');
    expect([incoming.statusCode, incoming.headers.etag, await read(incoming)]).toEqual([200, 'W/"1"', '']);
    await until('it is closed', () => closed === 1);
    expect(outcome).toBe('resolved');
  });

  test('that fails before anything was sent allows an error response', async () => {
    async function* failing(): AsyncGenerator<string> {
      yield await Promise.resolve('{');
      throw new Error('lost');
    }
    respond = async (response) => {
      try {
        await sendResponse(response, { status: 200, headers, body: textOf(failing()) });
      } catch (error) {
        expect(response.headersSent).toBe(false);
        await sendResponse(response, { status: 503, body: { detail: String(error) } });
      }
    };
    const incoming = await ask();
    expect([incoming.statusCode, incoming.headers.etag]).toEqual([503, undefined]);
    expect(await read(incoming)).toBe('{"detail":"Error: lost"}');
    expect(closed).toBe(1);
  });

  test('that fails later breaks the connection', async () => {
    async function* failing(): AsyncGenerator<string> {
      yield await Promise.resolve(long);
      throw new Error('lost');
    }
    respond = (response) => sendResponse(response, { status: 200, body: textOf(failing()) });
    const incoming = await ask();
    await expect(read(incoming)).rejects.toThrow('aborted');
    expect([outcome, closed, incoming.complete]).toEqual(['Error: lost, begun', 1, false]);
  });

  test('is ended when the client does not read for too long', async () => {
    async function* endless(): AsyncGenerator<string> {
      for (;;) yield await Promise.resolve(long);
    }
    respond = (response) => sendResponse(response, { status: 200, body: textOf(endless()) }, 50);
    const incoming = await ask();
    incoming.pause();
    await until('it is closed', () => closed === 1);
    expect(outcome).toBe('resolved');
    await expect(read(incoming)).rejects.toThrow('aborted');
  });
});

describe('the text of an object with a list in parts', () => {
  async function* partsOf(...parts: ReadonlyArray<readonly number[]>): AsyncGenerator<readonly number[]> {
    for (const part of parts) yield await Promise.resolve(part);
  }

  async function join(pieces: AsyncIterable<string>): Promise<unknown> {
    let text = '';
    for await (const piece of pieces) text += piece;
    return JSON.parse(text);
  }

  test.each([
    [[[1, 2], [3]], { id: 1, list: [1, 2, 3] }],
    [[[], [1], [], [2]], { id: 1, list: [1, 2] }],
    [[[]], { id: 1 }],
    [[], { id: 1 }],
  ])('%j', async (parts, expected) => {
    expect(await join(withList({ id: 1 }, 'list', partsOf(...parts)))).toEqual(expected);
  });

  test('is an element of a list of texts', async () => {
    const texts = ['{"id":0}', withList({ id: 1 }, 'list', partsOf([1], [2])), withList({ id: 2 }, 'list', partsOf())];
    expect(await join(withTexts({ total: 3 }, 'Resources', texts))).toEqual({
      total: 3,
      Resources: [{ id: 0 }, { id: 1, list: [1, 2] }, { id: 2 }],
    });
    expect(await join(withTexts({ total: 0 }, 'Resources', []))).toEqual({ total: 0, Resources: [] });
  });
});
