import { createHash, randomBytes } from 'node:crypto';
import { crc32 } from 'node:zlib';
import type { TokenKind } from './token.js';

const PREFIXES: Readonly<Record<TokenKind, string>> = { scim: 'ptc_scim_', graphql: 'ptc_gql_', admin: 'ptc_adm_' };

const ALPHABET = '0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz';
const RANDOM_LENGTH = 32;
const CHECKSUM_LENGTH = 6;
const SECRET = /^ptc_(?:scim|gql|adm)_[0-9A-Za-z]{38}$/;

/**
 * Generates a secret: a prefix for secret scanners, 190 bits of randomness, and a CRC-32 that rejects mistyped secrets
 * without a database query.
 */
export function newSecret(kind: TokenKind): string {
  const body = PREFIXES[kind] + randomText(RANDOM_LENGTH);
  return body + checksum(body);
}

/** Returns true for text in the format of a secret with a correct checksum. */
export function isSecret(text: string): boolean {
  return SECRET.test(text) && checksum(text.slice(0, -CHECKSUM_LENGTH)) === text.slice(-CHECKSUM_LENGTH);
}

/** Hashes a secret for storage. The secret has the entropy of a key, so a plain hash suffices. */
export function hashSecret(secret: string): Buffer {
  return createHash('sha256').update(secret).digest();
}

/** Returns the beginning of a secret, for recognition in a list. */
export function secretPrefix(secret: string): string {
  return secret.slice(0, secret.lastIndexOf('_') + 5);
}

function checksum(text: string): string {
  let rest = crc32(text);
  let digits = '';
  for (let index = 0; index < CHECKSUM_LENGTH; index++) {
    digits = ALPHABET.charAt(rest % ALPHABET.length) + digits;
    rest = Math.floor(rest / ALPHABET.length);
  }
  return digits;
}

/** Generates random text. Bytes from 248 are discarded, so that every character is equally likely. */
function randomText(length: number): string {
  let text = '';
  while (text.length < length) {
    for (const byte of randomBytes(length)) {
      if (byte < 248 && text.length < length) text += ALPHABET.charAt(byte % ALPHABET.length);
    }
  }
  return text;
}
