/**
 * What the default resolvers read: a plain object with the fields of a type. Classes declare the schema and are never
 * instantiated for answers.
 */
export type Plain<Type> = { readonly [Key in keyof Type]: Type[Key] };
