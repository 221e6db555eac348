import { Field, ID, InputType, registerEnumType } from 'type-graphql';
import type { Expression } from '../../domain/search/expression.js';
import { ENTERPRISE_URN } from '../../domain/schema/enterprise-user.js';
import { USER_SCHEMA } from '../../domain/schema/resource-schema.js';
import type { USER_ORDER } from '../../domain/user/user-queries.js';
import {
  BooleanFilter,
  booleanField,
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

@InputType({ description: 'A filter of users. All given fields must match.' })
export class UserFilter {
  @Field(() => [UserFilter], { nullable: true, description: 'All of these filters must match.' })
  and?: UserFilter[] | null;

  @Field(() => [UserFilter], { nullable: true, description: 'At least one of these filters must match.' })
  or?: UserFilter[] | null;

  @Field(() => [UserFilter], { nullable: true, description: 'None of these filters may match.' })
  not?: UserFilter[] | null;

  @Field(() => IdFilter, { nullable: true, description: 'Filters by `id`.' })
  id?: IdFilter | null;

  @Field(() => StringFilter, { nullable: true, description: 'Filters by `userName`.' })
  userName?: StringFilter | null;

  @Field(() => StringFilter, { nullable: true, description: 'Filters by `displayName`.' })
  displayName?: StringFilter | null;

  @Field(() => StringFilter, { nullable: true, description: 'Filters by `externalId`.' })
  externalId?: StringFilter | null;

  @Field(() => StringFilter, {
    nullable: true,
    description:
      'Filters by e-mail address. A condition holds if at least one address meets it; `ne` holds if no address is equal.',
  })
  email?: StringFilter | null;

  @Field(() => StringFilter, {
    nullable: true,
    description:
      'Filters by telephone number. A condition holds if at least one number meets it; `ne` holds if no number is equal.',
  })
  phoneNumber?: StringFilter | null;

  @Field(() => StringFilter, { nullable: true, description: 'Filters by `name.givenName`.' })
  givenName?: StringFilter | null;

  @Field(() => StringFilter, { nullable: true, description: 'Filters by `name.familyName`.' })
  familyName?: StringFilter | null;

  @Field(() => StringFilter, { nullable: true, description: 'Filters by `nickName`.' })
  nickName?: StringFilter | null;

  @Field(() => StringFilter, { nullable: true, description: 'Filters by `title`.' })
  title?: StringFilter | null;

  @Field(() => StringFilter, { nullable: true, description: 'Filters by `userType`.' })
  userType?: StringFilter | null;

  @Field(() => StringFilter, { nullable: true, description: 'Filters by `preferredLanguage`.' })
  preferredLanguage?: StringFilter | null;

  @Field(() => StringFilter, { nullable: true, description: 'Filters by `locale`.' })
  locale?: StringFilter | null;

  @Field(() => StringFilter, { nullable: true, description: 'Filters by `timezone`.' })
  timezone?: StringFilter | null;

  @Field(() => StringFilter, { nullable: true, description: 'Filters by `employeeNumber`.' })
  employeeNumber?: StringFilter | null;

  @Field(() => StringFilter, { nullable: true, description: 'Filters by `costCenter`.' })
  costCenter?: StringFilter | null;

  @Field(() => StringFilter, { nullable: true, description: 'Filters by `organization`.' })
  organization?: StringFilter | null;

  @Field(() => StringFilter, { nullable: true, description: 'Filters by `division`.' })
  division?: StringFilter | null;

  @Field(() => StringFilter, { nullable: true, description: 'Filters by `department`.' })
  department?: StringFilter | null;

  @Field(() => BooleanFilter, { nullable: true, description: 'Filters by `active`.' })
  active?: BooleanFilter | null;

  @Field(() => DateTimeFilter, { nullable: true, description: 'Filters by `createdAt`.' })
  createdAt?: DateTimeFilter | null;

  @Field(() => DateTimeFilter, { nullable: true, description: 'Filters by `updatedAt`.' })
  updatedAt?: DateTimeFilter | null;

  @Field(() => ID, { nullable: true, description: 'Matches the direct members of the group with this ID.' })
  memberOf?: string | null;

  @Field(() => ID, { nullable: true, description: 'Matches the direct reports of the user with this ID.' })
  manager?: string | null;
}

function core(name: string, subName?: string): FieldFilter {
  return stringField(pathOf(USER_SCHEMA, name, subName));
}

function enterprise(name: string): FieldFilter {
  return stringField(pathOf(USER_SCHEMA, name, undefined, ENTERPRISE_URN));
}

const FIELDS: Readonly<Record<Exclude<keyof UserFilter, 'and' | 'or' | 'not'>, FieldFilter>> = {
  id: idField(pathOf(USER_SCHEMA, 'id')),
  userName: core('userName'),
  displayName: core('displayName'),
  externalId: core('externalId'),
  email: core('emails', 'value'),
  phoneNumber: core('phoneNumbers', 'value'),
  givenName: core('name', 'givenName'),
  familyName: core('name', 'familyName'),
  nickName: core('nickName'),
  title: core('title'),
  userType: core('userType'),
  preferredLanguage: core('preferredLanguage'),
  locale: core('locale'),
  timezone: core('timezone'),
  employeeNumber: enterprise('employeeNumber'),
  costCenter: enterprise('costCenter'),
  organization: enterprise('organization'),
  division: enterprise('division'),
  department: enterprise('department'),
  active: booleanField(pathOf(USER_SCHEMA, 'active')),
  createdAt: timeField(pathOf(USER_SCHEMA, 'meta', 'created')),
  updatedAt: timeField(pathOf(USER_SCHEMA, 'meta', 'lastModified')),
  memberOf: referenceField(pathOf(USER_SCHEMA, 'groups', 'value')),
  manager: referenceField(pathOf(USER_SCHEMA, 'manager', 'value', ENTERPRISE_URN)),
};

/** Converts a filter of users to an expression. Throws like `toExpression`. */
export function toUserSearch(filter: UserFilter | null | undefined): Expression | undefined {
  return toExpression(filter, FIELDS);
}

/** The attributes that users can be ordered by. */
const UserOrderField = {
  USER_NAME: 'USER_NAME',
  DISPLAY_NAME: 'DISPLAY_NAME',
  EXTERNAL_ID: 'EXTERNAL_ID',
  TITLE: 'TITLE',
  DEPARTMENT: 'DEPARTMENT',
  CREATED_AT: 'CREATED_AT',
  UPDATED_AT: 'UPDATED_AT',
} as const satisfies { [Field in keyof typeof USER_ORDER]: Field };
type UserOrderField = keyof typeof UserOrderField;

registerEnumType(UserOrderField, {
  name: 'UserOrderField',
  description:
    'The attributes that users can be ordered by, without regard to case. Users without a value come first in ascending order ' +
    'and last in descending order.',
  valuesConfig: {
    USER_NAME: { description: 'Orders by `userName`.' },
    DISPLAY_NAME: { description: 'Orders by `displayName`.' },
    EXTERNAL_ID: { description: 'Orders by `externalId`, which is case-sensitive.' },
    TITLE: { description: 'Orders by the first 200 characters of `title`.' },
    DEPARTMENT: { description: 'Orders by the first 200 characters of `department`.' },
    CREATED_AT: { description: 'Orders by `createdAt`.' },
    UPDATED_AT: { description: 'Orders by `updatedAt`.' },
  },
});

@InputType({ description: 'The order of a list of users. Users with equal values are ordered by ID.' })
export class UserOrder {
  @Field(() => UserOrderField, { description: 'The attribute to order by.' })
  field!: UserOrderField;

  @Field(() => OrderDirection, { defaultValue: OrderDirection.ASC, description: 'The direction of the order.' })
  direction!: OrderDirection;
}
