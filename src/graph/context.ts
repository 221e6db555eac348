import type { EntityManager } from '@mikro-orm/postgresql';
import type { Actor } from '../domain/actor.js';
import type { Directories } from '../domain/directory/directories.js';
import type { Directory } from '../domain/directory/directory.js';
import { DomainError } from '../domain/errors.js';
import type { Feed } from '../domain/event/feed.js';
import { toIdempotencyKey, type IdempotencyKey } from '../domain/idempotency/idempotency.js';
import type { JsonObject } from '../domain/json.js';
import { DirectorySchemas } from '../domain/schema/directory-schemas.js';
import type { DirectorySchema } from '../domain/schema/resource-schema.js';
import type { Authenticator } from '../domain/token/authenticator.js';
import type { Principal } from '../domain/token/principal.js';
import type { Scope } from '../domain/token/token.js';
import { badInput } from './errors.js';
import type { MutationInput } from './input.js';
import type { Plain } from './plain.js';
import { Loaders } from './loaders.js';

/** What GraphQL needs of the rest of the program. */
export interface GraphServices {
  readonly em: EntityManager;
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
  // No `#private` field: Apollo copies the context for each operation, property by property.
  private readonly byDirectory = new Map<string, Loaders>();

  constructor(
    readonly services: GraphServices,
    readonly principal: Principal,
    readonly requestId: string | undefined,
    /** The cursor after which the client takes a stream of events up again. */
    readonly resumeAfter?: string,
  ) {}

  get em(): EntityManager {
    return this.services.em;
  }

  get isAdmin(): boolean {
    return this.principal.kind === 'admin';
  }

  /** The loaders of a directory. */
  loaders(directoryId: string): Loaders {
    const known = this.byDirectory.get(directoryId);
    if (known) return known;
    const loaders = new Loaders(this.em, directoryId);
    this.byDirectory.set(directoryId, loaders);
    return loaders;
  }

  /** What a directory knows of its users and groups. */
  schema(directoryId: string): Promise<DirectorySchema> {
    return DirectorySchemas.of(this.em).get(directoryId);
  }

  /** Forgets what was read: after a change, and before each event. */
  renewLoaders(): void {
    this.byDirectory.clear();
  }

  /**
   * The directory that a query means; undefined when there is none of that slug that the token opens.
   *
   * @throws GraphQLError BAD_USER_INPUT when an admin names none
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
   * Makes sure that the token may do something in the directory it opens. An admin may do everything.
   *
   * @throws DomainError FORBIDDEN
   */
  requireScope(scope: Scope): void {
    if (this.isAdmin || this.principal.scopes.includes(scope)) return;
    throw new DomainError('FORBIDDEN', `The token does not have the scope ${scope}`);
  }

  /** Refuses everybody but admins. Throws DomainError FORBIDDEN. */
  requireAdmin(): void {
    if (!this.isAdmin) throw new DomainError('FORBIDDEN', 'An admin token is required');
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
