import type { Draft } from './drafts.js';

const DIRECTORY = `{
  "directory": "default"
}
`;

/** The drafts on the first visit. A test validates each document. */
export const EXAMPLES: readonly Draft[] = [
  {
    query: `# The first twenty users of a directory, with their groups.
# With an admin token, set the directory in the variables.
# Other tokens belong to a directory and do not need it.
query People($directory: String) {
  directory(slug: $directory) {
    name
    users(first: 20, orderBy: { field: USER_NAME }) {
      totalCount
      nodes {
        id
        userName
        active
        displayName
        groups(first: 5) {
          nodes {
            displayName
          }
        }
      }
      pageInfo {
        hasNextPage
        endCursor
      }
    }
  }
}
`,
    variables: DIRECTORY,
  },
  {
    query: `# Users who lose access, deactivated or deleted:
# run it, then deprovision a user.
#
# EARLIEST starts with the oldest retained event. A program
# stores the cursor of the last event and passes it as
# \`after\` to resume without missing an event.
subscription Deprovisioned($directory: String) {
  userDeprovisioned(directory: $directory, from: LATEST) {
    sequence
    cursor
    occurredAt
    userName
    reason
    groupIds
  }
}
`,
    variables: DIRECTORY,
  },
  {
    query: `# A mutation takes one input and returns the changed object
# or errors. It requires an admin token, or a token with the
# scope directory:write.
mutation Hire($input: CreateUserInput!) {
  createUser(input: $input) {
    user {
      id
      userName
      version
    }
    errors {
      code
      message
      path
    }
  }
}
`,
    variables: `{
  "input": {
    "directory": "default",
    "userName": "kim.moss@fabrikam.example",
    "displayName": "Kim Moss",
    "name": { "givenName": "Kim", "familyName": "Moss" },
    "emails": [{ "type": "work", "primary": true, "value": "kim.moss@fabrikam.example" }]
  }
}
`,
  },
];
