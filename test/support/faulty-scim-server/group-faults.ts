import type { Fault } from './fault.js';

/** Faults of groups and their members. */
export const GROUP_FAULTS = {
  'removal-list-refused': {
    rule: 'removal-by-value-refused',
    does: 'Refuses the removal of members that are listed in the value of the operation.',
    numbers: [10, 11, 18],
    reports: [
      'https://github.com/Captain-P-Goldfish/SCIM-SDK/issues/149',
      'https://github.com/Captain-P-Goldfish/SCIM-SDK/issues/167',
      'https://github.com/pingidentity/scim2/issues/174',
    ],
  },
  'removal-list-empties-group': {
    rule: 'removal-by-value-empties-group',
    does: 'Removes all members if the value of the operation lists one.',
    numbers: [12, 13, 14, 16, 17, 48],
    reports: [
      'https://github.com/simpleidserver/SimpleIdServer/issues/164',
      'https://github.com/apache/directory-scimple/issues/436',
      'https://github.com/MicrosoftDocs/azure-docs/issues/30826',
      'https://github.com/segment-boneyard/segment-docs/pull/6726',
      'https://github.com/AzureAD/SCIMReferenceCode/issues/10',
      'https://github.com/kortix-ai/suna/pull/7297',
    ],
  },
  'removal-list-ignored': {
    rule: 'removal-by-value-ignored',
    does: 'Answers the removal of listed members with success and keeps them.',
    numbers: [15],
    reports: ['https://github.com/thomaspoignant/scim-patch/issues/959'],
  },
  'member-kept-twice': {
    rule: 'member-twice',
    does: 'Stores a member that is added twice, twice.',
    numbers: [17],
    reports: ['https://github.com/AzureAD/SCIMReferenceCode/issues/10'],
  },
  'duplicate-group-accepted': {
    rule: 'duplicate-group-accepted',
    does: 'Creates a second group with the same displayName.',
    numbers: [49],
    reports: ['https://github.com/kortix-ai/suna/pull/7298'],
  },
  'excluded-attributes-ignored': {
    rule: 'excluded-members-shown',
    does: 'Ignores excludedAttributes=members.',
    numbers: [51],
    reports: ['https://github.com/onyx-dot-app/onyx/pull/8692'],
  },
  'group-filter-refused': {
    rule: 'group-search-refused',
    does: 'Refuses every filter on groups.',
  },
  'lookup-finds-no-group': {
    rule: 'group-not-found',
    does: 'Finds no group by any filter.',
  },
  'group-post-refused': {
    rule: 'create-group-refused',
    does: 'Refuses every new group.',
  },
  'group-schema-refused': {
    rule: 'group-schema-refused',
    does: "Refuses a new group with Microsoft's own schema.",
  },
  'taken-group-name-is-400': {
    rule: 'duplicate-group-not-409',
    does: 'Refuses a duplicate displayName with 400.',
  },
  'group-unreadable': {
    rule: 'group-unreadable',
    does: 'Finds groups by filter only: a GET of one by its id is answered with 403.',
  },
  'group-change-refused': {
    rule: 'group-change-refused',
    does: 'Refuses a new displayName of a group.',
  },
  'group-change-ignored': {
    rule: 'group-change-ignored',
    does: 'Answers a new displayName of a group with success and ignores it.',
  },
  'extra-keys-refused': {
    rule: 'extra-keys-refused',
    does: 'Refuses a PATCH with keys that RFC 7644 does not define.',
  },
  'null-ref-refused': {
    rule: 'null-ref-refused',
    does: 'Refuses members whose $ref is null.',
  },
  'members-refused': {
    rule: 'add-member-refused',
    does: 'Refuses to add members.',
  },
  'members-ignored': {
    rule: 'add-member-ignored',
    does: 'Answers the addition of members with success and ignores it.',
  },
  'added-members-replace': {
    rule: 'add-member-replaces',
    does: 'Removes the existing members when one is added.',
  },
  'several-members-refused': {
    rule: 'member-batch-refused',
    does: 'Refuses to add more than one member in a PATCH.',
  },
  'removal-filter-refused': {
    rule: 'removal-by-path-refused',
    does: 'Refuses to remove a member by a filter in the path.',
  },
  'removal-filter-ignored': {
    rule: 'removal-by-path-ignored',
    does: 'Answers the removal of a member by a filter in the path with success and ignores it.',
  },
  'removal-filter-empties-group': {
    rule: 'removal-by-path-empties-group',
    does: 'Removes all members if a filter in the path selects one.',
  },
} as const satisfies Record<string, Fault>;
