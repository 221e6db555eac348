import { createHash } from 'node:crypto';
import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { hashSecret, isSecret, newSecret, secretPrefix } from '../../../src/domain/token/secret.js';

const KINDS = [
  ['scim', 'ptc_scim_'],
  ['graphql', 'ptc_gql_'],
  ['admin', 'ptc_adm_'],
] as const;

describe('a secret', () => {
  test.each(KINDS)('of kind %s begins with %s and passes its own checksum', (kind, prefix) => {
    const secrets = Array.from({ length: 200 }, () => newSecret(kind));
    for (const secret of secrets) {
      expect(secret).toMatch(new RegExp(`^${prefix}[0-9A-Za-z]{38}$`));
      expect(isSecret(secret)).toBe(true);
    }
    expect(new Set(secrets).size).toBe(secrets.length);
  });

  test('with one letter changed, two swapped or some missing is rejected', () => {
    const place = fc.tuple(
      fc.constantFrom(...KINDS.map(([kind]) => kind)),
      fc.nat(37),
      fc.constantFrom('0', 'a', 'Z', '9'),
    );
    fc.assert(
      fc.property(place, ([kind, index, letter]) => {
        const secret = newSecret(kind);
        const at = secret.lastIndexOf('_') + 1 + index;
        fc.pre(secret.charAt(at) !== letter);
        const swapped = secret.slice(0, at - 1) + secret.charAt(at) + secret.charAt(at - 1) + secret.slice(at + 1);
        expect(isSecret(secret.slice(0, at) + letter + secret.slice(at + 1))).toBe(false);
        if (swapped !== secret) expect(isSecret(swapped)).toBe(false);
        expect(isSecret(secret.slice(0, at))).toBe(false);
      }),
    );
  });

  test('of one kind is not accepted as another', () => {
    const secret = newSecret('scim');
    expect(isSecret(secret.replace('ptc_scim_', 'ptc_adm_'))).toBe(false);
    expect(isSecret(secret.replace('ptc_scim_', 'ptc_gql_'))).toBe(false);
  });

  test.each(['', 'ptc_scim_', 'Bearer x', ' ', `${newSecret('scim')} `, `${newSecret('scim')}\n`, '__proto__'])(
    '%j is none',
    (text) => {
      expect(isSecret(text)).toBe(false);
    },
  );

  test('is stored as its SHA-256, and identified in lists by its first letters', () => {
    const secret = newSecret('graphql');
    expect(hashSecret(secret)).toEqual(createHash('sha256').update(secret, 'utf8').digest());
    expect(secretPrefix(secret)).toBe(secret.slice(0, 'ptc_gql_'.length + 4));
  });
});
