/** A flag on the Tenant URL that makes Entra write PATCH requests closer to RFC 7644. */
export const FLAG = 'aadOptscim062020';

/**
 * How Entra writes PATCH requests. `default`: capitalized operations, a path for each attribute, booleans as text.
 * `aadOptscim062020`: what the flag of this name causes.
 */
export type Dialect = 'default' | typeof FLAG;

/** `both`: provisioning on demand ignores the flag, so a tenant with the flag sends both. */
export type DialectChoice = Dialect | 'both';

export const DIALECT_CHOICES = ['default', FLAG, 'both'] as const satisfies readonly DialectChoice[];
