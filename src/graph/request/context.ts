import type { Actor } from '../../domain/kernel/actor.js';
import type { Directories } from '../../domain/directory/directories.js';
import type { Directory } from '../../domain/directory/directory.js';
import { DomainError } from '../../domain/kernel/errors.js';
import type { Feed } from '../../domain/event/feed/feed.js';
import { toIdempotencyKey, type IdempotencyKey } from '../../domain/idempotency/idempotency.js';
import type { JsonObject } from '../../domain/kernel/json.js';
import type { Store } from '../../domain/store.js';
import type { DirectorySchema } from '../../domain/schema/resource-schema.js';
import type { Authenticator } from '../../domain/token/authenticator.js';
import type { Principal } from '../../domain/token/principal.js';
import type { Scope } from '../../domain/token/scope.js';
import { badInput } from '../kernel/errors.js';
import type { MutationInput } from '../input/mutation-input.js';
import type { Plain } from '../kernel/plain-type.js';
import { Loaders } from './loaders.js';

/** The services that the GraphQL API depends on. */
export interface GraphServices {
  readonly store: Store;
  readonly feed: Feed;
  readonly authenticator: Authenticator;
  readonly directories: Directories;
  /** The origin of Tenant URLs. */
  readonly publicUrl: string;
  /** Called with every internal error, which clients see masked. */
  onError(error: unknown, requestId?: string): void;
  /** Called when a client opens or closes a socket or an event stream. */
  onOpen?(kind: 'socket' | 'stream', delta: 1 | -1): void;
}

/** The context of an operation: its principal, the services, and the loaders it reads with. */
export class GraphContext {
  readonly #loaders = new Map<string, Loaders>();

  constructor(
    readonly services: GraphServices,
    readonly principal: Principal,
    readonly requestId: string | undefined,
    /** The cursor after which the client resumes an event stream. */
    readonly resumeAfter?: string,
  ) {}

  get store(): Store {
    return this.services.store;
  }

  get isAdmin(): boolean {
    return this.principal.kind === 'admin';
  }

  /** The loaders of a directory. */
  loaders(directoryId: string): Loaders {
    let loaders = this.#loaders.get(directoryId);
    if (loaders) return loaders;
    loaders = new Loaders(this.store, directoryId);
    this.#loaders.set(directoryId, loaders);
    return loaders;
  }

  /** The schemas of a directory's users and groups. */
  schema(directoryId: string): Promise<DirectorySchema> {
    return this.store.schemas.get(directoryId);
  }

  /** Discards cached reads. Called after each mutation and before each event. */
  renewLoaders(): void {
    this.#loaders.clear();
  }

  /**
   * Finds a directory by its slug, or the token's own; undefined if there is none that the token grants access to.
   *
   * @throws GraphQLError BAD_USER_INPUT for an admin token without a slug
   */
  async findDirectory(slug: string | null | undefined): Promise<Directory | undefined> {
    const { directories } = this.services;
    if (this.principal.directoryId === null) {
      if (typeof slug !== 'string') throw badInput('An admin token requires `directory`: pass the slug of a directory');
      return directories.findBySlug(slug);
    }
    const own = await directories.findById(this.principal.directoryId);
    return typeof slug !== 'string' || own?.slug === slug ? own : undefined;
  }

  /**
   * Requires a scope. Admin tokens have all scopes.
   *
   * @throws DomainError FORBIDDEN
   */
  requireScope(scope: Scope): void {
    if (this.isAdmin || this.principal.scopes.includes(scope)) return;
    throw new DomainError('FORBIDDEN', `The token does not have the scope ${scope}`);
  }

  /** Requires an admin token. Throws DomainError FORBIDDEN. */
  requireAdmin(): void {
    if (!this.isAdmin) throw new DomainError('FORBIDDEN', 'An admin token is required');
  }

  /**
   * The ID of a directory to administer. Requires an admin token.
   *
   * @throws DomainError FORBIDDEN, NOT_FOUND
   */
  async administered(slug: string): Promise<string> {
    this.requireAdmin();
    const directory = await this.services.directories.findBySlug(slug);
    if (!directory) throw noSuchDirectory(slug);
    return directory.id;
  }

  /**
   * The idempotency key of a mutation; undefined if its input has none.
   *
   * @throws DomainError INVALID_VALUE for an invalid key
   */
  keyOf(mutation: string, { idempotencyKey, ...input }: Plain<MutationInput>): IdempotencyKey | undefined {
    if (typeof idempotencyKey !== 'string') return undefined;
    return toIdempotencyKey(this.principal, idempotencyKey, { mutation, input: input as JsonObject });
  }

  /**
   * The actor of a mutation in a directory.
   *
   * @throws DomainError FORBIDDEN without the scope `directory:write`; REQUIRED for an admin token without a slug; NOT_FOUND
   */
  async writer(slug: string | null | undefined): Promise<Actor> {
    this.requireScope('directory:write');
    if (this.isAdmin && typeof slug !== 'string') {
      throw new DomainError(
        'REQUIRED',
        'An admin token requires `directory`: pass the slug of a directory',
        'directory',
      );
    }
    const directory = await this.findDirectory(slug);
    if (!directory) throw noSuchDirectory(slug);
    return {
      directoryId: directory.id,
      name: this.principal.actorName,
      source: 'GRAPHQL',
      ...(this.requestId === undefined ? {} : { requestId: this.requestId }),
    };
  }
}

function noSuchDirectory(slug: string | null | undefined): DomainError {
  const message =
    typeof slug === 'string'
      ? `No accessible directory has the slug ${JSON.stringify(slug)}`
      : 'The directory of the token does not exist';
  return new DomainError('NOT_FOUND', message, 'directory');
}
