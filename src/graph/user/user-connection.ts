import { ObjectType } from 'type-graphql';
import { connectionOf, edgeOf } from '../relay/connection-types.js';
import { User } from './user.js';

@ObjectType({ simpleResolvers: true, description: 'An edge in a connection of users.' })
class UserEdge extends edgeOf(() => User, 'user') {}

@ObjectType({ simpleResolvers: true, description: 'A page of users.' })
export class UserConnection extends connectionOf(
  () => UserEdge,
  () => User,
  'users',
) {}
