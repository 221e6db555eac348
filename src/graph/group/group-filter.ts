import { Field, ID, InputType, registerEnumType } from 'type-graphql';
import type { Expression } from '../../domain/search/expression.js';
import type { GROUP_ORDER } from '../../domain/group/group-queries.js';
import { GROUP_SCHEMA } from '../../domain/schema/resource-schema.js';
import {
  DateTimeFilter,
  IdFilter,
  idField,
  pathOf,
  referenceField,
  StringFilter,
  stringField,
  timeField,
  toExpression,
  type FieldFilter,
} from '../input/filter-input.js';
import { OrderDirection } from '../relay/order-direction.js';

@InputType({ description: 'A filter of groups. All given fields must match.' })
export class GroupFilter {
  @Field(() => [GroupFilter], { nullable: true, description: 'All of these filters must match.' })
  and?: GroupFilter[] | null;

  @Field(() => [GroupFilter], { nullable: true, description: 'At least one of these filters must match.' })
  or?: GroupFilter[] | null;

  @Field(() => [GroupFilter], { nullable: true, description: 'None of these filters may match.' })
  not?: GroupFilter[] | null;

  @Field(() => IdFilter, { nullable: true, description: 'Filters by `id`.' })
  id?: IdFilter | null;

  @Field(() => StringFilter, { nullable: true, description: 'Filters by `displayName`.' })
  displayName?: StringFilter | null;

  @Field(() => StringFilter, { nullable: true, description: 'Filters by `externalId`.' })
  externalId?: StringFilter | null;

  @Field(() => DateTimeFilter, { nullable: true, description: 'Filters by `createdAt`.' })
  createdAt?: DateTimeFilter | null;

  @Field(() => DateTimeFilter, { nullable: true, description: 'Filters by `updatedAt`.' })
  updatedAt?: DateTimeFilter | null;

  @Field(() => ID, {
    nullable: true,
    description: 'Matches the groups that have the user or group with this ID as a direct member.',
  })
  hasMember?: string | null;
}

const FIELDS: Readonly<Record<Exclude<keyof GroupFilter, 'and' | 'or' | 'not'>, FieldFilter>> = {
  id: idField(pathOf(GROUP_SCHEMA, 'id')),
  displayName: stringField(pathOf(GROUP_SCHEMA, 'displayName')),
  externalId: stringField(pathOf(GROUP_SCHEMA, 'externalId')),
  createdAt: timeField(pathOf(GROUP_SCHEMA, 'meta', 'created')),
  updatedAt: timeField(pathOf(GROUP_SCHEMA, 'meta', 'lastModified')),
  hasMember: referenceField(pathOf(GROUP_SCHEMA, 'members', 'value')),
};

/** Converts a filter of groups to an expression. Throws like `toExpression`. */
export function toGroupSearch(filter: GroupFilter | null | undefined): Expression | undefined {
  return toExpression(filter, FIELDS);
}

/** The attributes that groups can be ordered by. */
const GroupOrderField = {
  DISPLAY_NAME: 'DISPLAY_NAME',
  EXTERNAL_ID: 'EXTERNAL_ID',
  CREATED_AT: 'CREATED_AT',
  UPDATED_AT: 'UPDATED_AT',
} as const satisfies { [Field in keyof typeof GROUP_ORDER]: Field };
type GroupOrderField = keyof typeof GroupOrderField;

registerEnumType(GroupOrderField, {
  name: 'GroupOrderField',
  description:
    'The attributes that groups can be ordered by, without regard to case. Groups without a value come first in ascending order ' +
    'and last in descending order.',
  valuesConfig: {
    DISPLAY_NAME: { description: 'Orders by `displayName`.' },
    EXTERNAL_ID: { description: 'Orders by `externalId`, which is case-sensitive.' },
    CREATED_AT: { description: 'Orders by `createdAt`.' },
    UPDATED_AT: { description: 'Orders by `updatedAt`.' },
  },
});

@InputType({ description: 'The order of a list of groups. Groups with equal values are ordered by ID.' })
export class GroupOrder {
  @Field(() => GroupOrderField, { description: 'The attribute to order by.' })
  field!: GroupOrderField;

  @Field(() => OrderDirection, { defaultValue: OrderDirection.ASC, description: 'The direction of the order.' })
  direction!: OrderDirection;
}
