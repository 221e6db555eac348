import type { Fault } from './fault.js';

/** Faults of the connection, of searches and of discovery. */
export const CONNECTION_FAULTS = {
  'start-index-unsaid': {
    rule: undefined,
    does: 'Omits startIndex in lists.',
  },
  'start-index-ignored': {
    rule: undefined,
    does: 'Answers every page with the first one.',
  },
  'media-type-json': {
    rule: 'media-type',
    does: 'Answers with the media type application/json.',
    numbers: [40, 41],
    reports: [
      'https://github.com/jelhub/scimgateway/issues/89',
      'https://github.com/AzureAD/SCIMReferenceCode/issues/108',
    ],
  },
  'patch-hangs-up': {
    rule: 'connection-closed',
    does: 'Closes the connection without a response during a PATCH.',
    numbers: [45],
    reports: ['https://github.com/MicrosoftDocs/azure-docs/issues/115546'],
  },
  'user-agent-demanded': {
    rule: 'user-agent-demanded',
    does: 'Refuses requests without a User-Agent header with 403 and a web page.',
    numbers: [48],
    reports: ['https://github.com/kortix-ai/suna/pull/7297'],
  },
  'discovery-bare-array': {
    rule: 'schemas-not-a-list',
    does: 'Answers /Schemas with a bare array.',
    numbers: [51],
    reports: ['https://github.com/onyx-dot-app/onyx/pull/8692'],
  },
  'patch-not-allowed': {
    rule: 'method-refused',
    does: 'Answers every PATCH with 405.',
    numbers: [56],
    reports: ['https://github.com/goauthentik/authentik/issues/20764'],
  },
  'no-match-is-404': {
    rule: 'no-match-is-404',
    does: 'Answers a filter that finds nothing with 404.',
  },
  'flag-refused': {
    rule: 'flag-refused',
    does: 'Refuses unknown query parameters, such as the flag.',
  },
  'list-is-bare-array': {
    rule: 'not-a-list',
    does: 'Answers a list of users with a bare array.',
  },
  'filter-ignored': {
    rule: 'filter-ignored',
    does: 'Answers a filter on users with all users.',
  },
  'schemas-missing': {
    rule: 'schemas-missing',
    does: 'Has no /Schemas.',
  },
  'schemas-lack-groups': {
    rule: 'schema-lacks-attributes',
    does: 'Publishes no schema of groups.',
  },
  'schemas-hold-null': {
    rule: 'schema-holds-null',
    does: 'Publishes null for members without a value.',
  },
  'schemas-described-by-null': {
    rule: 'schema-holds-null',
    does: 'Publishes schemas whose description is null.',
  },
} as const satisfies Record<string, Fault>;
