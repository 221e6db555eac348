import type { Fault } from './fault.js';

/** Faults that only the validation reveals. */
export const VALIDATION_FAULTS = {
  'schema-types-in-capitals': {
    rule: undefined,
    does: 'Publishes the type String, with a capital letter.',
  },
  'schema-mutability-in-lower-case': {
    rule: undefined,
    does: 'Publishes the mutability readwrite, in lower case.',
  },
  'schema-returned-unknown': {
    rule: undefined,
    does: 'Publishes an attribute whose returned is yes.',
  },
  'schema-uniqueness-is-boolean': {
    rule: undefined,
    does: 'Publishes an attribute whose uniqueness is false.',
  },
  'schema-name-is-text': {
    rule: undefined,
    does: 'Publishes name with its sub-attributes as a string.',
    reports: ['https://github.com/limosa-io/laravel-scim-server/issues/103'],
  },
  'password-published': {
    rule: undefined,
    does: 'Publishes password, as RFC 7643 §8.7.1 does.',
    numbers: [42],
    reports: ['https://github.com/scimmyjs/scimmy-routers/issues/10'],
  },
  'email-display-published': {
    rule: undefined,
    does: 'Publishes emails.display, as RFC 7643 §8.7.1 does.',
    numbers: [42, 44],
    reports: [
      'https://github.com/scimmyjs/scimmy-routers/issues/10',
      'https://github.com/sourcegraph/sourcegraph-public-snapshot/issues/62185',
    ],
  },
  'email-primary-published': {
    rule: undefined,
    does: 'Publishes emails.primary, as RFC 7643 §8.7.1 does.',
    numbers: [42],
    reports: ['https://github.com/scimmyjs/scimmy-routers/issues/10'],
  },
  'numbers-kept-as-text': {
    rule: undefined,
    does: 'Returns a number in its own extension as a string.',
  },
} as const satisfies Record<string, Fault>;
