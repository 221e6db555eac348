import { isUtf8 } from 'node:buffer';
import type { IncomingMessage } from 'node:http';
import { promisify } from 'node:util';
import { gunzip, inflate } from 'node:zlib';

/** Why a body is refused, and the status that says so. */
export class BodyError extends Error {
  constructor(
    readonly status: 400 | 413 | 415,
    message: string,
  ) {
    super(message);
  }
}

type Unpack = (bytes: Buffer, options: { readonly maxOutputLength: number }) => Promise<Buffer>;

/** Brotli is left out: its decoder in Node wrote out of bounds before 22.23.4 and 24.22.1, and clients are not trusted. */
const UNPACK: ReadonlyMap<string, Unpack> = new Map([
  ['gzip', promisify<Buffer, { readonly maxOutputLength: number }, Buffer>(gunzip)],
  ['deflate', promisify<Buffer, { readonly maxOutputLength: number }, Buffer>(inflate)],
]);

const ENCODINGS = [...UNPACK.keys()].join(', ');

/**
 * Reads the JSON body of a request, UTF-8 as JSON must be (RFC 8259 §8.1), unpacked where it comes packed.
 *
 * @param limit the most bytes, packed and unpacked
 * @param inspect sees the bytes before they are parsed, and may refuse them by an error of its own
 * @returns undefined for an empty body
 * @throws BodyError
 */
export async function readJson(
  request: IncomingMessage,
  limit: number,
  inspect?: (bytes: Buffer) => void,
): Promise<unknown> {
  const { 'content-type': type = '', 'content-encoding': encoding = 'identity' } = request.headers;
  const charset = /;\s*charset\s*=\s*"?([^\s;"]+)/i.exec(type)?.[1]?.toLowerCase() ?? 'utf-8';
  const unpack = UNPACK.get(encoding.toLowerCase());
  if (charset !== 'utf-8') throw new BodyError(415, 'The charset of the request body must be utf-8');
  if (!unpack && encoding.toLowerCase() !== 'identity') {
    throw new BodyError(415, `The Content-Encoding of the request body must be one of identity, ${ENCODINGS}`);
  }
  const received = await receive(request, limit);
  const bytes = unpack && received.length > 0 ? await unpackWithin(unpack, received, limit) : received;
  if (bytes.length === 0) return undefined;
  if (!isUtf8(bytes)) throw new BodyError(400, 'The request body is not UTF-8');
  inspect?.(bytes);
  try {
    return JSON.parse(bytes.toString()) as unknown;
  } catch (error) {
    // What JSON.parse says quotes the body.
    if (error instanceof SyntaxError) throw new BodyError(400, 'The request body is not valid JSON');
    throw error;
  }
}

function receive(request: IncomingMessage, limit: number): Promise<Buffer> {
  return new Promise((resolve, reject) => {
    const chunks: Buffer[] = [];
    let length = 0;
    const refuse = (): void => {
      // What else comes is read and dropped: a client that is still sending would not see an answer.
      request.off('data', take).resume();
      reject(tooLarge(limit));
    };
    const take = (chunk: Buffer): void => {
      length += chunk.length;
      if (length > limit) refuse();
      else chunks.push(chunk);
    };
    if (Number(request.headers['content-length'] ?? 0) > limit) {
      refuse();
      return;
    }
    request.on('data', take);
    request.once('end', () => {
      const [first] = chunks;
      resolve(first && chunks.length === 1 ? first : Buffer.concat(chunks));
    });
    request.once('error', () => reject(new BodyError(400, 'The request body ended before its announced length')));
  });
}

async function unpackWithin(unpack: Unpack, bytes: Buffer, limit: number): Promise<Buffer> {
  try {
    return await unpack(bytes, { maxOutputLength: limit });
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    if (code === 'ERR_BUFFER_TOO_LARGE') throw tooLarge(limit);
    throw new BodyError(400, 'The request body is not packed as it says');
  }
}

function tooLarge(limit: number): BodyError {
  return new BodyError(413, `The request body is larger than ${limit} bytes`);
}
