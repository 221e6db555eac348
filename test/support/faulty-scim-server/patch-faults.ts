import type { Fault } from './fault.js';

/** Faults of a PATCH of a user. */
export const PATCH_FAULTS = {
  'object-list-refused': {
    rule: 'object-list-refused',
    does: 'Refuses objects as values of a list of strings in its own extension.',
    numbers: [52],
    reports: [
      'https://learn.microsoft.com/en-us/answers/questions/1693075/why-is-entra-id-sending-add-operations-instead-of',
    ],
  },
  'null-refused': {
    rule: undefined,
    does: 'Refuses null as a value.',
  },
  'empty-text-kept': {
    rule: undefined,
    does: 'Stores a blank instead of an empty string.',
  },
  'removal-refused': {
    rule: undefined,
    does: 'Refuses to remove an attribute of a user.',
  },
  'text-boolean-ignored': {
    rule: 'active-text-ignored',
    does: 'Answers a PATCH of active with the string "False" with success and leaves the user active.',
    numbers: [1, 3, 5],
    reports: [
      'https://github.com/ssoready/ssoready/issues/155',
      'https://github.com/Unleash/unleash/pull/9336',
      'https://github.com/OneUptime/oneuptime/pull/3852',
    ],
  },
  'text-boolean-kept': {
    rule: 'active-text-kept',
    does: 'Stores the string "False" as the value of active and returns it.',
    numbers: [2],
    reports: ['https://github.com/thomaspoignant/scim-patch/issues/872'],
  },
  'text-boolean-refused': {
    rule: 'active-text-refused',
    does: 'Refuses a PATCH of active with a string.',
    numbers: [4, 7],
    reports: [
      'https://github.com/bytebase/bytebase/pull/19073',
      'https://github.com/getsentry/sentry-docs/issues/16258',
    ],
  },
  'disable-breaks': {
    rule: 'disable-refused',
    does: 'Fails with 500 when a PATCH disables a user.',
    numbers: [9],
    reports: ['https://github.com/grokability/snipe-it/issues/14597'],
  },
  'capital-op-refused': {
    rule: 'capital-op-refused',
    does: 'Accepts the operations add, replace and remove in lower case only.',
    numbers: [32],
    reports: ['https://github.com/ssoready/ssoready/pull/159'],
  },
  'filtered-replace-without-target-refused': {
    rule: 'filtered-replace-no-target',
    does: 'Refuses to replace a sub-attribute of a missing element (noTarget).',
    numbers: [19, 28],
    reports: [
      'https://github.com/Captain-P-Goldfish/scim-for-keycloak/issues/73',
      'https://github.com/sourcegraph/sourcegraph-public-snapshot/pull/49200',
    ],
  },
  'filtered-path-refused': {
    rule: 'filtered-replace-refused',
    does: 'Refuses a PATCH path with a filter.',
    numbers: [20, 53],
    reports: [
      'https://github.com/limosa-io/laravel-scim-server/issues/34',
      'https://learn.microsoft.com/en-us/answers/questions/5746233',
    ],
  },
  'filtered-add-without-target-refused': {
    rule: 'filtered-add-refused',
    does: 'Refuses to add a sub-attribute to a missing element.',
    numbers: [21, 22],
    reports: [
      'https://github.com/Captain-P-Goldfish/SCIM-SDK/issues/416',
      'https://github.com/Metatavu/keycloak-scim-server/issues/35',
    ],
  },
  'element-made-once-for-each-operation': {
    rule: 'filtered-add-not-created',
    does: 'Creates a separate element for each operation that describes the same missing one.',
    numbers: [23],
    reports: ['https://github.com/sourcegraph/sourcegraph-public-snapshot/pull/49119'],
  },
  'filtered-replace-drops-siblings': {
    rule: 'filtered-replace-loses-others',
    does: 'Removes the other elements when a filtered path replaces one.',
    numbers: [24],
    reports: ['https://github.com/Captain-P-Goldfish/SCIM-SDK/issues/668'],
  },
  'remove-with-value-overwrites': {
    rule: 'remove-with-value-writes',
    does: 'Writes the value of a remove operation instead of removing.',
    numbers: [29],
    reports: ['https://github.com/AzureAD/SCIMReferenceCode/pull/87'],
  },
  'filtered-path-into-nothing-breaks': {
    rule: 'filtered-path-on-absent-list',
    does: 'Fails with 500 when a filtered path refers to an attribute without values.',
    numbers: [30],
    reports: ['https://github.com/ssoready/ssoready/pull/249'],
  },
  'dotted-keys-ignored': {
    rule: 'dotted-keys-ignored',
    does: 'Ignores keys such as name.familyName in the value of an operation without a path.',
    numbers: [25],
    reports: ['https://github.com/Captain-P-Goldfish/scim-for-keycloak/issues/26'],
  },
  'dotted-keys-refused': {
    rule: 'dotted-keys-refused',
    does: 'Refuses keys such as name.familyName in the value of an operation without a path.',
    numbers: [27],
    reports: [
      'https://learn.microsoft.com/en-us/answers/questions/1435791/entraid-is-sending-incompliant-scim-patch-request',
    ],
  },
  'extension-keys-land-at-root': {
    rule: 'extension-keys-misplaced',
    does: 'Writes an attribute of an extension, named by URN in an operation without a path, next to the core attributes.',
    numbers: [26],
    reports: ['https://github.com/Captain-P-Goldfish/SCIM-SDK/issues/193'],
  },
  'pathless-refused': {
    rule: 'pathless-replace-refused',
    does: 'Refuses an operation without a path.',
    numbers: [49],
    reports: ['https://github.com/kortix-ai/suna/pull/7298'],
  },
  'patch-applied-in-part': {
    rule: 'failed-patch-applied',
    does: 'Keeps the changes of the operations before a refused one.',
    numbers: [49],
    reports: ['https://github.com/kortix-ai/suna/pull/7298'],
  },
  'enterprise-path-refused': {
    rule: 'enterprise-path-refused',
    does: 'Refuses a PATCH path into the enterprise extension.',
    numbers: [36, 59],
    reports: ['https://github.com/scimmyjs/scimmy/issues/77', 'https://github.com/imulab/go-scim/issues/72'],
  },
  'manager-text-refused-in-post': {
    rule: 'create-with-manager-text-refused',
    does: 'Refuses a new user whose manager is a bare id.',
    numbers: [33],
    reports: ['https://github.com/apache/directory-scimple/issues/1242'],
  },
  'manager-text-refused-in-patch': {
    rule: 'manager-text-refused',
    does: 'Refuses a PATCH that sets the manager to a bare id.',
    numbers: [34, 35],
    reports: [
      'https://github.com/Captain-P-Goldfish/SCIM-SDK/issues/686',
      'https://github.com/pond/scimitar/issues/48',
    ],
  },
  'primary-text-filter-refused': {
    rule: 'text-filter-on-primary',
    does: 'Finds no element for primary eq "True" and refuses the operation.',
    numbers: [37, 38, 39],
    reports: [
      'https://github.com/pingidentity/scim2/issues/239',
      'https://github.com/apache/directory-scimple/pull/1213',
      'https://github.com/jelhub/scimgateway/issues/89',
    ],
  },
  'role-as-json-text-refused': {
    rule: 'role-as-json-text-refused',
    does: 'Refuses an app role as JSON text.',
    numbers: [46],
    reports: ['https://github.com/MicrosoftDocs/azure-docs/issues/50772'],
  },
  'empty-operations-refused': {
    rule: 'empty-operations-refused',
    does: 'Refuses a PATCH without operations.',
    numbers: [43],
    reports: ['https://github.com/scimmyjs/scimmy/issues/59'],
  },
  'plain-change-refused': {
    rule: 'patch-refused',
    does: 'Refuses to replace a plain attribute of a user at its path.',
  },
  'plain-change-ignored': {
    rule: 'patch-ignored',
    does: 'Answers the replacement of a plain attribute of a user with success and keeps the old value.',
  },
  'plain-add-refused': {
    rule: 'add-refused',
    does: 'Refuses to add a plain attribute of a user.',
  },
  'rename-not-indexed': {
    rule: 'rename-not-found',
    does: 'Finds users by the userName they were created with.',
  },
  'disable-ignored': {
    rule: 'disable-ignored',
    does: 'Answers a PATCH of active in any form with success and leaves the user active.',
  },
  'filtered-replace-ignored': {
    rule: 'filtered-replace-ignored',
    does: 'Answers the replacement at a filtered path with success and keeps the old value.',
  },
  'filtered-replace-adds': {
    rule: 'filtered-replace-adds',
    does: 'Adds an element when a filtered path replaces one.',
  },
  'filtered-replace-without-target-ignored': {
    rule: 'filtered-replace-not-created',
    does: 'Answers the replacement of a missing element with success and ignores it.',
  },
  'filtered-add-without-target-ignored': {
    rule: 'filtered-add-not-created',
    does: 'Answers an addition to a missing element with success and ignores it.',
  },
  'enterprise-path-lands-at-root': {
    rule: 'enterprise-path-misplaced',
    does: 'Writes values at a path of the enterprise extension next to the core attributes.',
  },
  'pathless-ignored': {
    rule: 'pathless-replace-ignored',
    does: 'Answers an operation without a path with success and ignores it.',
  },
  'extension-keys-refused': {
    rule: 'extension-keys-refused',
    does: 'Refuses attributes of an extension, named by URN, in an operation without a path.',
  },
  'manager-text-ignored': {
    rule: 'manager-text-ignored',
    does: 'Answers a manager as a bare id with success and ignores it.',
  },
  'manager-refused': {
    rule: 'manager-refused',
    does: 'Refuses every manager.',
  },
  'manager-list-refused': {
    rule: 'manager-sample-refused',
    does: "Refuses a manager in a list, as in Microsoft's sample.",
  },
  'manager-stays': {
    rule: 'manager-not-removed',
    does: 'Answers the removal of a manager with success and keeps it.',
  },
} as const satisfies Record<string, Fault>;
