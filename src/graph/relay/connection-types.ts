import { Field, Int, ObjectType } from 'type-graphql';
import { PageInfo } from './connection.js';
import { MethodField } from '../kernel/method-field.js';

type TypeThunk = () => object;

/** The fields that every connection has. */
export function connectionOf(edge: TypeThunk, node: TypeThunk, things: string): abstract new () => object {
  @ObjectType({ simpleResolvers: true })
  abstract class ConnectionFields {
    @MethodField()
    @Field(() => [edge()], { description: `The ${things} of the page, each with its cursor.` })
    edges!: unknown;

    @MethodField()
    @Field(() => [node()], { description: `The ${things} of the page, without the edges between.` })
    nodes!: unknown;

    @MethodField()
    @Field(() => PageInfo, { description: 'Where the page lies in the list.' })
    pageInfo!: unknown;

    @MethodField()
    @Field(() => Int, { description: `How many ${things} the whole list has. Computed only when it is selected.` })
    totalCount!: unknown;
  }
  return ConnectionFields;
}

/** The fields that every edge has. */
export function edgeOf(node: TypeThunk, thing: string): abstract new () => object {
  @ObjectType({ simpleResolvers: true })
  abstract class EdgeFields {
    @Field(() => String, { description: 'The place in the list, opaque: for `after` and `before`.' })
    cursor!: unknown;

    @Field(() => node(), { description: `The ${thing}.` })
    node!: unknown;
  }
  return EdgeFields;
}
