import { Field, Int, ObjectType } from 'type-graphql';
import { PageInfo } from './connection.js';
import { MethodField } from '../kernel/method-field.js';

type TypeThunk = () => object;

/** Declares the fields that every connection has. */
export function connectionOf(edge: TypeThunk, node: TypeThunk, things: string): abstract new () => object {
  @ObjectType({ simpleResolvers: true })
  abstract class ConnectionFields {
    @MethodField()
    @Field(() => [edge()], { description: `The ${things} of the page, each with its cursor.` })
    edges!: unknown;

    @MethodField()
    @Field(() => [node()], { description: `The ${things} of the page, without edges.` })
    nodes!: unknown;

    @MethodField()
    @Field(() => PageInfo, { description: 'The position of the page in the list.' })
    pageInfo!: unknown;

    @MethodField()
    @Field(() => Int, { description: `The number of ${things} in the whole list. Counted only if selected.` })
    totalCount!: unknown;
  }
  return ConnectionFields;
}

/** Declares the fields that every edge has. */
export function edgeOf(node: TypeThunk, thing: string): abstract new () => object {
  @ObjectType({ simpleResolvers: true })
  abstract class EdgeFields {
    @Field(() => String, { description: 'The opaque cursor of the edge, for pagination.' })
    cursor!: unknown;

    @Field(() => node(), { description: `The ${thing}.` })
    node!: unknown;
  }
  return EdgeFields;
}
