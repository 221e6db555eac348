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

@InputType({ description: 'Which groups; all fields that are given must hold.' })
export class GroupFilter {
  @Field(() => [GroupFilter], { nullable: true, description: 'All of these must hold.' })
  and?: GroupFilter[] | null;

  @Field(() => [GroupFilter], { nullable: true, description: 'One of these must hold.' })
  or?: GroupFilter[] | null;

  @Field(() => [GroupFilter], { nullable: true, description: 'None of these may hold.' })
  not?: GroupFilter[] | null;

  @Field(() => IdFilter, { nullable: true, description: 'By id.' })
  id?: IdFilter | null;

  @Field(() => StringFilter, { nullable: true, description: 'By displayName.' })
  displayName?: StringFilter | null;

  @Field(() => StringFilter, { nullable: true, description: 'By externalId.' })
  externalId?: StringFilter | null;

  @Field(() => DateTimeFilter, { nullable: true, description: 'By the time of creation.' })
  createdAt?: DateTimeFilter | null;

  @Field(() => DateTimeFilter, { nullable: true, description: 'By the time of the last change.' })
  updatedAt?: DateTimeFilter | null;

  @Field(() => ID, { nullable: true, description: 'That directly have the user or group with this id as a member.' })
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

/** The search that a filter of groups means. Throws as `toExpression` does. */
export function toGroupSearch(filter: GroupFilter | null | undefined): Expression | undefined {
  return toExpression(filter, FIELDS);
}

/** By which attribute groups are ordered. */
const GroupOrderField = {
  DISPLAY_NAME: 'DISPLAY_NAME',
  EXTERNAL_ID: 'EXTERNAL_ID',
  CREATED_AT: 'CREATED_AT',
  UPDATED_AT: 'UPDATED_AT',
} as const satisfies { [Field in keyof typeof GROUP_ORDER]: Field };
type GroupOrderField = keyof typeof GroupOrderField;

registerEnumType(GroupOrderField, {
  name: 'GroupOrderField',
  description: 'What groups can be ordered by, without regard to case. Those without a value come first.',
  valuesConfig: {
    DISPLAY_NAME: { description: 'By displayName.' },
    EXTERNAL_ID: { description: 'By externalId, case-exact.' },
    CREATED_AT: { description: 'By the time of creation.' },
    UPDATED_AT: { description: 'By the time of the last change.' },
  },
});

@InputType({ description: 'How groups are ordered. Equal ones are ordered by id.' })
export class GroupOrder {
  @Field(() => GroupOrderField, { description: 'By what.' })
  field!: GroupOrderField;

  @Field(() => OrderDirection, { defaultValue: OrderDirection.ASC, description: 'In which direction.' })
  direction!: OrderDirection;
}
