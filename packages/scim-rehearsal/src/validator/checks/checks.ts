import { randomUUID } from 'node:crypto';
import { toList } from '../../client/json.js';
import { toEqualFilter } from '../../client/resource.js';
import { TOOL_PAGE, type Check } from '../context/check.js';
import { DIRECT_CHECKS } from './direct-checks.js';
import { TEMPLATE_GROUP_CHECKS } from './template-group-checks.js';
import { TEMPLATE_USER_CHECKS } from './template-user-checks.js';
import { TOOL_GROUP_CHECKS, TOOL_USER_CHECKS } from './tool-checks.js';
import type { CheckContext } from '../context/check-context.js';

const TEST_CONNECTION: Check = {
  name: 'Test_Connection',
  suite: 'SCIM Validator',
  sends: 'GET /Users with a filter on a userName that does not exist.',
  requires: '200 and an empty ListResponse. If this fails, all other checks are skipped.',
  source: TOOL_PAGE,
  run: async (context: CheckContext): Promise<void> => {
    const list = await context.list('/Users', { filter: toEqualFilter('userName', randomUUID()) });
    context.require(toList(list['Resources']).length === 0, 'a user is found that does not exist');
  },
};

/** All checks, in the order of the validators. If the first one fails, the others are skipped. */
export const CHECKS: readonly Check[] = [
  TEST_CONNECTION,
  ...TOOL_USER_CHECKS,
  ...TOOL_GROUP_CHECKS,
  ...TEMPLATE_USER_CHECKS,
  ...TEMPLATE_GROUP_CHECKS,
  ...DIRECT_CHECKS,
];
