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
import type { Scope } from '../../domain/token/token.js';
import { badInput } from '../kernel/errors.js';
import type { MutationInput } from '../input/mutation-input.js';
import type { Plain } from '../kernel/plain-type.js';
import { Loaders } from './loaders.js';

/** What GraphQL needs of the rest of the program. */
export interface GraphServices {
  readonly store: Store;
  readonly feed: Feed;
  readonly authenticator: Authenticator;
  readonly directories: Directories;
  /** The origin that Tenant URLs begin with. */
  readonly publicUrl: string;
  /** Told of every fault that a client sees masked. */
  onError(error: unknown, requestId?: string): void;
  /** Told of what clients keep open: sockets, and streams of events. */
  onOpen?(kind: 'socket' | 'stream', delta: 1 | -1): void;
}

/** Who asks, and what their operation reads with. One for each operation. */
export class GraphContext {
  readonly #loaders = new Map<string, Loaders>();

  constructor(
    readonly services: GraphServices,
    readonly principal: Principal,
    readonly requestId: string | undefined,
    /** The cursor after which the client takes a stream of events up again. */
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
    const known = this.#loaders.get(directoryId);
    if (known) return known;
    const loaders = new Loaders(this.store, directoryId);
    this.#loaders.set(directoryId, loaders);
    return loaders;
  }

  /** What a directory knows of its users and groups. */
  schema(directoryId: string): Promise<DirectorySchema> {
    return this.store.schemas.get(directoryId);
  }

  /** Forgets what was read: after a change, and before each event. */
  renewLoaders(): void {
    this.#loaders.clear();
  }

  /**
   * The directory that a query means; undefined when there is none of that slug that the token opens.
   *
   * @throws GraphQLError BAD_USER_INPUT when an admin names none
   */
  async findDirectory(slug: string | null | undefined): Promise<Directory | undefined> {
    const { directories } = this.services;
    if (this.principal.directoryId === null) {
      if (typeof slug !== 'string') throw badInput('An admin token opens every directory: name one by its slug');
      return directories.findBySlug(slug);
    }
    const own = await directories.findById(this.principal.directoryId);
    return typeof slug !== 'string' || own?.slug === slug ? own : undefined;
  }

  /**
   * Makes sure that the token may do something in the directory it opens. An admin may do everything.
   *
   * @throws DomainError FORBIDDEN
   */
  requireScope(scope: Scope): void {
    if (this.isAdmin || this.principal.scopes.includes(scope)) return;
    throw new DomainError('FORBIDDEN', `The token lacks the scope ${scope}`);
  }

  /** Refuses everybody but admins. Throws DomainError FORBIDDEN. */
  requireAdmin(): void {
    if (!this.isAdmin) throw new DomainError('FORBIDDEN', 'This needs an admin token');
  }

  /**
   * The id of a directory whose administration an admin changes.
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
   * The key under which a mutation happens once; undefined when its input has none.
   *
   * @throws DomainError INVALID_VALUE for what is no key
   */
  keyOf(mutation: string, { idempotencyKey, ...input }: Plain<MutationInput>): IdempotencyKey | undefined {
    if (typeof idempotencyKey !== 'string') return undefined;
    return toIdempotencyKey(this.principal, idempotencyKey, { mutation, input: input as JsonObject });
  }

  /**
   * Who changes something, and in which directory.
   *
   * @throws DomainError FORBIDDEN without the scope; REQUIRED when an admin names no directory; NOT_FOUND
   */
  async writer(slug: string | null | undefined): Promise<Actor> {
    this.requireScope('directory:write');
    if (this.isAdmin && typeof slug !== 'string') {
      throw new DomainError('REQUIRED', 'An admin token opens every directory: name one by its slug', 'directory');
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
  const name = typeof slug === 'string' ? `the slug ${JSON.stringify(slug)}` : 'this token';
  return new DomainError('NOT_FOUND', `No directory has ${name}`, 'directory');
}
