import { ObjectType } from 'type-graphql';
import { connectionOf, edgeOf } from '../relay/connection-types.js';
import { Group } from './group.js';

@ObjectType({ simpleResolvers: true, description: 'An edge in a connection of groups.' })
class GroupEdge extends edgeOf(() => Group, 'group') {}

@ObjectType({ simpleResolvers: true, description: 'A page of groups.' })
export class GroupConnection extends connectionOf(
  () => GroupEdge,
  () => Group,
  'groups',
) {}
