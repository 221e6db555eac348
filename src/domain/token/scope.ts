/** A permission of a GraphQL token in its directory. */
export type Scope = 'directory:read' | 'directory:write' | 'events:read';

/** All scopes. */
export const SCOPES: readonly Scope[] = ['directory:read', 'directory:write', 'events:read'];
