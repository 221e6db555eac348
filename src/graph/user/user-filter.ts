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

@InputType({ description: 'Which users; all fields that are given must hold.' })
export class UserFilter {
  @Field(() => [UserFilter], { nullable: true, description: 'All of these must hold.' })
  and?: UserFilter[] | null;

  @Field(() => [UserFilter], { nullable: true, description: 'One of these must hold.' })
  or?: UserFilter[] | null;

  @Field(() => [UserFilter], { nullable: true, description: 'None of these may hold.' })
  not?: UserFilter[] | null;

  @Field(() => IdFilter, { nullable: true, description: 'By id.' })
  id?: IdFilter | null;

  @Field(() => StringFilter, { nullable: true, description: 'By userName.' })
  userName?: StringFilter | null;

  @Field(() => StringFilter, { nullable: true, description: 'By displayName.' })
  displayName?: StringFilter | null;

  @Field(() => StringFilter, { nullable: true, description: 'By externalId.' })
  externalId?: StringFilter | null;

  @Field(() => StringFilter, { nullable: true, description: 'By e-mail address: one of them passes the test.' })
  email?: StringFilter | null;

  @Field(() => StringFilter, { nullable: true, description: 'By telephone number: one of them passes the test.' })
  phoneNumber?: StringFilter | null;

  @Field(() => StringFilter, { nullable: true, description: 'By `name.givenName`.' })
  givenName?: StringFilter | null;

  @Field(() => StringFilter, { nullable: true, description: 'By `name.familyName`.' })
  familyName?: StringFilter | null;

  @Field(() => StringFilter, { nullable: true, description: 'By nickName.' })
  nickName?: StringFilter | null;

  @Field(() => StringFilter, { nullable: true, description: 'By title.' })
  title?: StringFilter | null;

  @Field(() => StringFilter, { nullable: true, description: 'By userType.' })
  userType?: StringFilter | null;

  @Field(() => StringFilter, { nullable: true, description: 'By preferredLanguage.' })
  preferredLanguage?: StringFilter | null;

  @Field(() => StringFilter, { nullable: true, description: 'By locale.' })
  locale?: StringFilter | null;

  @Field(() => StringFilter, { nullable: true, description: 'By timezone.' })
  timezone?: StringFilter | null;

  @Field(() => StringFilter, { nullable: true, description: 'By employeeNumber.' })
  employeeNumber?: StringFilter | null;

  @Field(() => StringFilter, { nullable: true, description: 'By costCenter.' })
  costCenter?: StringFilter | null;

  @Field(() => StringFilter, { nullable: true, description: 'By organization.' })
  organization?: StringFilter | null;

  @Field(() => StringFilter, { nullable: true, description: 'By division.' })
  division?: StringFilter | null;

  @Field(() => StringFilter, { nullable: true, description: 'By department.' })
  department?: StringFilter | null;

  @Field(() => BooleanFilter, { nullable: true, description: 'By active.' })
  active?: BooleanFilter | null;

  @Field(() => DateTimeFilter, { nullable: true, description: 'By the time of creation.' })
  createdAt?: DateTimeFilter | null;

  @Field(() => DateTimeFilter, { nullable: true, description: 'By the time of the last change.' })
  updatedAt?: DateTimeFilter | null;

  @Field(() => ID, { nullable: true, description: 'Who is directly in the group with this id.' })
  memberOf?: string | null;

  @Field(() => ID, { nullable: true, description: 'Whose manager is the user with this id.' })
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

/** The search that a filter of users means. Throws as `toExpression` does. */
export function toUserSearch(filter: UserFilter | null | undefined): Expression | undefined {
  return toExpression(filter, FIELDS);
}

/** By which attribute users are ordered. */
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
  description: 'What users can be ordered by, without regard to case. Those without a value come first.',
  valuesConfig: {
    USER_NAME: { description: 'By userName.' },
    DISPLAY_NAME: { description: 'By displayName.' },
    EXTERNAL_ID: { description: 'By externalId, case-exact.' },
    TITLE: { description: 'By the first 200 characters of title.' },
    DEPARTMENT: { description: 'By the first 200 characters of department.' },
    CREATED_AT: { description: 'By the time of creation.' },
    UPDATED_AT: { description: 'By the time of the last change.' },
  },
});

@InputType({ description: 'How users are ordered. Equal ones are ordered by id.' })
export class UserOrder {
  @Field(() => UserOrderField, { description: 'By what.' })
  field!: UserOrderField;

  @Field(() => OrderDirection, { defaultValue: OrderDirection.ASC, description: 'In which direction.' })
  direction!: OrderDirection;
}
