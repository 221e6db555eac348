import 'reflect-metadata';
import {
  isAbstractType,
  isIntrospectionType,
  lexicographicSortSchema,
  printSchema,
  type GraphQLSchema,
  type GraphQLTypeResolver,
} from 'graphql';
import { buildSchemaSync, type PubSub } from 'type-graphql';
import { DirectoryMutations } from './directory/directory-mutations.js';
import { DirectoryResolver } from './directory/directory-resolver.js';
import { DirectoryEventsResolver } from './event/event-resolver.js';
import { EVENT_OBJECTS, toEventType } from './event/event.js';
import { EventSubscriptions } from './event/event-subscriptions.js';
import { toMemberType } from './membership/membership-connections.js';
import { GroupMembersResolver, UserGroupsResolver } from './membership/membership-resolver.js';
import { GroupMutations } from './group/group-mutations.js';
import { DirectoryGroupsResolver, GroupResolver } from './group/group-resolver.js';
import { bindMethodFields } from './kernel/method-field.js';
import { toNodeType } from './kernel/node.js';
import { ResourceTypeMutations } from './schema-registry/resource-type-mutations.js';
import { SchemaMutations } from './schema-registry/schema-mutations.js';
import { TokenMutations } from './token/token-mutations.js';
import { UserMutations } from './user/user-mutations.js';
import { DirectoryUsersResolver, UserResolver } from './user/user-resolver.js';

/** type-graphql demands one. Ours is never used: the feed reads the event log, where nothing is dropped. */
const INERT: PubSub = {
  publish() {
    throw new Error('Events come from the log, not from a PubSub');
  },
  subscribe() {
    throw new Error('Events come from the log, not from a PubSub');
  },
};

/** The library describes every type but these. */
const ROOTS = {
  Query: 'Where reading begins.',
  Mutation:
    'Every change. A mutation takes one `input` and answers with a payload: the object as it is then, or `errors`, and then nothing has happened.',
  Subscription: 'The event log of a directory, live: at least once, in order, and without a gap.',
} as const;

/**
 * How the values of interfaces and unions tell their types. Set here, because what type-graphql makes of a function that
 * is given to a decorator answers with a promise, for each value anew.
 */
const TYPE_NAMES: Readonly<Record<string, GraphQLTypeResolver<never, unknown>>> = {
  Node: toNodeType,
  Member: toMemberType,
  DirectoryEvent: toEventType,
};

function bindTypeNames(schema: GraphQLSchema): void {
  for (const type of Object.values(schema.getTypeMap())) {
    if (!isAbstractType(type) || isIntrospectionType(type)) continue;
    const toTypeName = TYPE_NAMES[type.name];
    if (!toTypeName) throw new Error(`Nothing tells the types of ${type.name}`);
    type.resolveType = toTypeName as GraphQLTypeResolver<unknown, unknown>;
  }
}

/** Builds the executable schema. */
export function buildGraphSchema(): GraphQLSchema {
  const schema = buildSchemaSync({
    resolvers: [
      DirectoryResolver,
      DirectoryUsersResolver,
      DirectoryGroupsResolver,
      DirectoryEventsResolver,
      UserResolver,
      GroupResolver,
      UserGroupsResolver,
      GroupMembersResolver,
      UserMutations,
      GroupMutations,
      DirectoryMutations,
      TokenMutations,
      SchemaMutations,
      ResourceTypeMutations,
      EventSubscriptions,
    ],
    orphanedTypes: Object.values(EVENT_OBJECTS),
    pubSub: INERT,
    validate: false,
    disableInferringDefaultValues: true,
  });
  bindMethodFields(schema);
  bindTypeNames(schema);
  for (const [name, description] of Object.entries(ROOTS)) {
    const type = schema.getType(name);
    if (type) type.description = description;
  }
  return schema;
}

/** The schema as `schema.graphql` holds it. */
export function printGraphSchema(schema: GraphQLSchema): string {
  return `${printSchema(lexicographicSortSchema(schema))}\n`;
}
