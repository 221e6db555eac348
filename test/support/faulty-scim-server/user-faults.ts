import type { Fault } from './fault.js';

/** Faults of single users: found, created, read, disabled, deleted. */
export const USER_FAULTS = {
  'deletion-empties-others': {
    rule: 'final-state-differs',
    does: 'Takes the titles of all others away when it deletes a user.',
  },
  'filter-refused': {
    rule: 'user-search-refused',
    does: 'Refuses every filter on users.',
  },
  'active-shown-as-text': {
    rule: 'active-is-text',
    does: 'Shows active as text.',
  },
  'active-left-out': {
    rule: 'active-missing',
    does: 'Leaves active out of its answers.',
    numbers: [6],
    reports: ['https://github.com/getsentry/sentry/pull/27971'],
  },
  'disabled-user-gone': {
    rule: 'disabled-user-hidden',
    does: 'No longer shows a user who has been disabled.',
    numbers: [50],
    reports: ['https://github.com/sourcegraph/sourcegraph-public-snapshot/issues/49325'],
  },
  'duplicate-user-accepted': {
    rule: 'duplicate-user-accepted',
    does: 'Creates a second user of the same userName.',
  },
  'enterprise-extension-dropped': {
    rule: 'value-lost',
    does: 'Drops the values of the enterprise extension, whatever brings them.',
    numbers: [58],
    reports: ['https://github.com/imulab/go-scim/issues/60'],
  },
  'user-name-case-exact': {
    rule: 'user-name-case',
    does: 'Compares userName with regard to case.',
    numbers: [40],
    reports: ['https://github.com/jelhub/scimgateway/issues/89'],
  },
  'lookup-scans-the-first-users': {
    rule: 'search-stops-early',
    does: 'Looks users up among the first few only.',
    numbers: [48],
    reports: ['https://github.com/kortix-ai/suna/pull/7297'],
  },
  'values-reformatted': {
    rule: 'value-rewritten',
    does: 'Keeps the digits of a phone number only.',
    numbers: [51],
    reports: ['https://github.com/onyx-dot-app/onyx/pull/8692'],
  },
  'and-refused': {
    rule: 'reference-check-refused',
    does: 'Refuses a filter that joins two comparisons.',
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
    does: 'Refuses a new user that names the enterprise schema.',
  },
  'created-without-id': {
    rule: 'created-without-id',
    does: 'Answers a POST with the resource, but for its id.',
  },
  'created-with-200': {
    rule: 'create-status',
    does: 'Answers a POST with 200.',
  },
  'taken-user-name-is-400': {
    rule: 'duplicate-user-not-409',
    does: 'Refuses a taken userName with 400.',
  },
  'account-adopted': {
    rule: 'account-adopted',
    does: 'Takes a new user whose e-mail address somebody has for that somebody.',
    numbers: [60],
    reports: ['https://github.com/intuitem/ciso-assistant-community/pull/4658'],
  },
  'user-unreadable': {
    rule: 'user-unreadable',
    does: 'Finds users by filter only: a GET of one by its id is answered with 403.',
  },
  'unknown-id-is-400': {
    rule: 'unknown-id-not-404',
    does: 'Answers an id that nobody has with 400.',
  },
  'lookup-finds-nobody': {
    rule: 'user-not-found',
    does: 'Finds nobody by any filter.',
  },
  'disabled-user-leaves-groups': {
    rule: 'disabled-user-loses-groups',
    does: 'Takes a user who is disabled out of the groups.',
  },
  'delete-refused': {
    rule: 'delete-refused',
    does: 'Answers every DELETE with 405.',
  },
  'delete-does-nothing': {
    rule: 'deleted-still-there',
    does: 'Answers a DELETE as done and keeps the object.',
  },
} as const satisfies Record<string, Fault>;
