import { Field, ID, InterfaceType } from 'type-graphql';

/** The name of the GraphQL type of a row. Rows carry no type name, but each type has a column that the others lack. */
export function toNodeType(row: object): string {
  if ('slug' in row) return 'Directory';
  return 'userName' in row ? 'User' : 'Group';
}

@InterfaceType({ description: 'An object with a globally unique ID.' })
export abstract class Node {
  @Field(() => ID, { description: 'The ID of the object: a UUID, which is the same in GraphQL and SCIM.' })
  id!: string;
}
