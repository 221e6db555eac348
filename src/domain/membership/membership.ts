import { defineEntity, p } from '@mikro-orm/core';

/**
 * One member of one group. Exactly one of `userId` and `nestedGroupId` repeats `memberId`, so that each type has a
 * foreign key and a member cannot be deleted while another transaction adds it.
 */
export const MembershipEntity = defineEntity({
  name: 'Membership',
  tableName: 'memberships',
  primaryKeys: ['directoryId', 'groupId', 'memberId'],
  properties: {
    directoryId: p.uuid().primary(),
    groupId: p.uuid().primary(),
    memberId: p.uuid().primary(),
    userId: p.uuid().strictNullable(),
    nestedGroupId: p.uuid().strictNullable(),
    addedAt: p.datetime(3),
  },
  checks: [
    {
      name: 'memberships_member_check',
      expression: 'member_id = coalesce(user_id, nested_group_id) and (user_id is null or nested_group_id is null)',
    },
  ],
  indexes: [
    {
      name: 'memberships_user_id_index',
      properties: ['directoryId', 'userId', 'groupId'],
      where: 'user_id is not null',
    },
    {
      name: 'memberships_nested_group_id_index',
      properties: ['directoryId', 'nestedGroupId', 'groupId'],
      where: 'nested_group_id is not null',
    },
  ],
});
