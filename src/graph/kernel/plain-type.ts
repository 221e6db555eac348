/**
 * A plain object with the fields of a type, as the default resolvers read it. The classes only declare the schema; they
 * are not instantiated for responses.
 */
export type Plain<Type> = { readonly [Key in keyof Type]: Type[Key] };
