import { Field, ID, InterfaceType } from 'type-graphql';

/** Rows carry no type name; each kind has a column that the others lack. */
export function toNodeType(row: object): string {
  if ('slug' in row) return 'Directory';
  return 'userName' in row ? 'User' : 'Group';
}

@InterfaceType({ description: 'An object with an id that is unique everywhere.' })
export abstract class Node {
  @Field(() => ID, { description: 'A UUID; the same in GraphQL and in SCIM.' })
  id!: string;
}
