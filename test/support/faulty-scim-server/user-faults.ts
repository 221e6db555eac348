import type { Fault } from './fault.js';

/** Faults in finding, creating, reading, disabling and deleting users. */
export const USER_FAULTS = {
  'deletion-empties-others': {
    rule: 'final-state-differs',
    does: 'Removes the titles of all other users when it deletes a user.',
  },
  'filter-refused': {
    rule: 'user-search-refused',
    does: 'Refuses every filter on users.',
  },
  'active-shown-as-text': {
    rule: 'active-is-text',
    does: 'Returns active as a string.',
  },
  'active-left-out': {
    rule: 'active-missing',
    does: 'Does not return active.',
    numbers: [6],
    reports: ['https://github.com/getsentry/sentry/pull/27971'],
  },
  'disabled-user-gone': {
    rule: 'disabled-user-hidden',
    does: 'Hides disabled users.',
    numbers: [50],
    reports: ['https://github.com/sourcegraph/sourcegraph-public-snapshot/issues/49325'],
  },
  'duplicate-user-accepted': {
    rule: 'duplicate-user-accepted',
    does: 'Creates a second user with the same userName.',
  },
  'enterprise-extension-dropped': {
    rule: 'value-lost',
    does: 'Discards all values of the enterprise extension.',
    numbers: [58],
    reports: ['https://github.com/imulab/go-scim/issues/60'],
  },
  'user-name-case-exact': {
    rule: 'user-name-case',
    does: 'Compares userName case-sensitively.',
    numbers: [40],
    reports: ['https://github.com/jelhub/scimgateway/issues/89'],
  },
  'lookup-scans-the-first-users': {
    rule: 'search-stops-early',
    does: 'Searches the first users only.',
    numbers: [48],
    reports: ['https://github.com/kortix-ai/suna/pull/7297'],
  },
  'values-reformatted': {
    rule: 'value-rewritten',
    does: 'Stores only the digits of a phone number.',
    numbers: [51],
    reports: ['https://github.com/onyx-dot-app/onyx/pull/8692'],
  },
  'and-refused': {
    rule: 'reference-check-refused',
    does: 'Refuses a filter with two comparisons.',
  },
  'post-refused': {
    rule: 'create-user-refused',
    does: 'Refuses every new user.',
  },
  'empty-roles-refused': {
    rule: 'empty-roles-refused',
    does: 'Refuses a new user with an empty list of roles.',
  },
  'enterprise-schema-refused': {
    rule: 'enterprise-schema-refused',
    does: 'Refuses a new user with the enterprise schema.',
  },
  'created-without-id': {
    rule: 'created-without-id',
    does: 'Answers a POST with the resource without its id.',
  },
  'created-with-200': {
    rule: 'create-status',
    does: 'Answers a POST with 200.',
  },
  'taken-user-name-is-400': {
    rule: 'duplicate-user-not-409',
    does: 'Refuses a duplicate userName with 400.',
  },
  'account-adopted': {
    rule: 'account-adopted',
    does: 'Answers a POST with the email address of an existing user by updating and returning that user.',
    numbers: [60],
    reports: ['https://github.com/intuitem/ciso-assistant-community/pull/4658'],
  },
  'user-unreadable': {
    rule: 'user-unreadable',
    does: 'Finds users by filter only: a GET of one by its id is answered with 403.',
  },
  'unknown-id-is-400': {
    rule: 'unknown-id-not-404',
    does: 'Answers an unknown id with 400.',
  },
  'lookup-finds-nobody': {
    rule: 'user-not-found',
    does: 'Finds no user by any filter.',
  },
  'disabled-user-leaves-groups': {
    rule: 'disabled-user-loses-groups',
    does: 'Removes a disabled user from all groups.',
  },
  'delete-refused': {
    rule: 'delete-refused',
    does: 'Answers every DELETE with 405.',
  },
  'delete-does-nothing': {
    rule: 'deleted-still-there',
    does: 'Answers a DELETE with success and keeps the object.',
  },
} as const satisfies Record<string, Fault>;
