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

/** Required by type-graphql but never used: subscriptions read the event log, which drops nothing. */
const UNUSED_PUB_SUB: PubSub = {
  publish() {
    throw new Error('Events come from the log, not from a PubSub');
  },
  subscribe() {
    throw new Error('Events come from the log, not from a PubSub');
  },
};

/** Descriptions of the root types, which type-graphql cannot set. */
const ROOTS = {
  Query: 'The root of all queries.',
  Mutation:
    'The root of all mutations. Each takes one `input` argument and returns a payload with either the changed object or `errors`, in which case nothing was changed.',
  Subscription:
    'The root of all subscriptions. They deliver the event log of a directory at least once, in order and without gaps.',
} as const;

/**
 * Resolves the types of interfaces and unions. Set here and not in a decorator, because type-graphql would wrap each call
 * in a promise.
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
    if (!toTypeName) throw new Error(`No type resolver is defined for ${type.name}`);
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
    pubSub: UNUSED_PUB_SUB,
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

/** Prints the schema as committed in `schema.graphql`. */
export function printGraphSchema(schema: GraphQLSchema): string {
  return `${printSchema(lexicographicSortSchema(schema))}\n`;
}
