import { isUtf8 } from 'node:buffer';
import type { IncomingMessage } from 'node:http';
import { promisify } from 'node:util';
import { gunzip, inflate } from 'node:zlib';

/** A request body is rejected; carries the HTTP status of the response. */
export class BodyError extends Error {
  constructor(
    readonly status: 400 | 413 | 415,
    message: string,
  ) {
    super(message);
  }
}

type Unpack = (bytes: Buffer, options: { readonly maxOutputLength: number }) => Promise<Buffer>;

/** Brotli is excluded: Node's decoder wrote out of bounds before 22.23.4 and 24.22.1, and clients are not trusted. */
const UNPACK: ReadonlyMap<string, Unpack> = new Map([
  ['gzip', promisify<Buffer, { readonly maxOutputLength: number }, Buffer>(gunzip)],
  ['deflate', promisify<Buffer, { readonly maxOutputLength: number }, Buffer>(inflate)],
]);

const ENCODINGS = [...UNPACK.keys()].join(', ');

/**
 * Reads and decompresses the JSON body of a request. It must be UTF-8 (RFC 8259 §8.1).
 *
 * @param limit the maximum number of bytes, both compressed and decompressed
 * @param inspect receives the bytes before they are parsed, and may throw its own error to reject them
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
  if (!isUtf8(bytes)) throw new BodyError(400, 'The request body must be UTF-8');
  inspect?.(bytes);
  try {
    return JSON.parse(bytes.toString()) as unknown;
  } catch (error) {
    // The message of JSON.parse quotes the body.
    if (error instanceof SyntaxError) throw new BodyError(400, 'The request body is not valid JSON');
    throw error;
  }
}

function receive(request: IncomingMessage, limit: number): Promise<Buffer> {
  return new Promise((resolve, reject) => {
    const chunks: Buffer[] = [];
    let length = 0;
    const refuse = (): void => {
      // The rest is read and discarded, because a client that is still sending would not read the response.
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
    request.once('error', () => reject(new BodyError(400, 'The request body is incomplete')));
  });
}

async function unpackWithin(unpack: Unpack, bytes: Buffer, limit: number): Promise<Buffer> {
  try {
    return await unpack(bytes, { maxOutputLength: limit });
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    if (code === 'ERR_BUFFER_TOO_LARGE') throw tooLarge(limit);
    throw new BodyError(400, 'The request body does not match its Content-Encoding');
  }
}

function tooLarge(limit: number): BodyError {
  return new BodyError(413, `The request body must be at most ${limit} bytes long`);
}
