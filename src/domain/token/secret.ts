import { createHash, randomBytes } from 'node:crypto';
import { crc32 } from 'node:zlib';
import type { TokenKind } from './token.js';

const PREFIXES: Readonly<Record<TokenKind, string>> = { scim: 'ptc_scim_', graphql: 'ptc_gql_', admin: 'ptc_adm_' };

const ALPHABET = '0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz';
const RANDOM_LENGTH = 32;
const CHECKSUM_LENGTH = 6;
const SECRET = /^ptc_(?:scim|gql|adm)_[0-9A-Za-z]{38}$/;

/**
 * A new secret: a prefix that scanners of leaked credentials can look for, 190 bits of chance, and a CRC-32 by which a
 * mistyped one is refused without a look into the database.
 */
export function newSecret(kind: TokenKind): string {
  const body = PREFIXES[kind] + randomText(RANDOM_LENGTH);
  return body + checksum(body);
}

/** True when the text has the form of a secret and its checksum is right. */
export function isSecret(text: string): boolean {
  return SECRET.test(text) && checksum(text.slice(0, -CHECKSUM_LENGTH)) === text.slice(-CHECKSUM_LENGTH);
}

/** What is stored of a secret. It has the entropy of a key, so a plain hash is enough. */
export function hashSecret(secret: string): Buffer {
  return createHash('sha256').update(secret).digest();
}

/** The beginning of a secret, enough to recognise it in a list. */
export function secretPrefix(secret: string): string {
  return secret.slice(0, secret.lastIndexOf('_') + 5);
}

function checksum(text: string): string {
  let rest = crc32(text);
  let digits = '';
  for (let place = 0; place < CHECKSUM_LENGTH; place++) {
    digits = ALPHABET.charAt(rest % ALPHABET.length) + digits;
    rest = Math.floor(rest / ALPHABET.length);
  }
  return digits;
}

/** Bytes of 248 and above are thrown away, so that every letter is equally likely. */
function randomText(length: number): string {
  let text = '';
  while (text.length < length) {
    for (const byte of randomBytes(length)) {
      if (byte < 248 && text.length < length) text += ALPHABET.charAt(byte % ALPHABET.length);
    }
  }
  return text;
}
