import type { EntityManager } from '@mikro-orm/postgresql';
import { DirectoryEntity, type Directory } from '../../domain/directory/directory.js';
import { createToken } from '../../domain/token/token-commands.js';
import type { Scope } from '../../domain/token/scope.js';
import type { TokenKind } from '../../domain/token/token.js';
import { parseDuration } from '../../duration.js';
import { print } from '../terminal/print.js';
import { UsageError } from '../terminal/usage-error.js';
import { withDatabase } from './with-database.js';

export interface TokenCreateOptions {
  readonly directory?: string;
  readonly kind: TokenKind;
  readonly scope?: Scope[];
  readonly expires?: string;
  readonly name: string;
  readonly json?: boolean;
}

/** Runs `portico token create`. */
export async function tokenCreate(options: TokenCreateOptions): Promise<void> {
  assertCompatibleOptions(options);
  const expiresAt = options.expires === undefined ? null : parseExpiry(options.expires);
  const { token, secret } = await withDatabase(async ({ em }) =>
    createToken(em, {
      directoryId: await findDirectoryId(em, options),
      kind: options.kind,
      name: options.name,
      expiresAt,
      ...(options.scope ? { scopes: options.scope } : {}),
    }),
  );
  if (options.json) {
    print(JSON.stringify({ id: token.id, token: secret }));
    return;
  }
  print(`Token ID  ${token.id}`);
  print(`Token     ${secret}`);
}

/** Rejects invalid combinations of options before the database is opened. */
function assertCompatibleOptions({ kind, directory, scope }: TokenCreateOptions): void {
  if (kind === 'admin' && directory !== undefined) {
    throw new UsageError('an admin token does not belong to a directory; omit --directory');
  }
  if (kind !== 'graphql' && scope) {
    throw new UsageError('only graphql tokens have scopes; omit --scope');
  }
}

async function findDirectoryId(
  em: EntityManager,
  { kind, directory: slug }: TokenCreateOptions,
): Promise<string | null> {
  if (kind === 'admin') return null;
  const found: Directory[] = await em.fork().find(DirectoryEntity, slug === undefined ? {} : { slug }, { limit: 2 });
  const [directory] = found;
  if (!directory)
    throw new UsageError(
      slug === undefined
        ? 'there is no directory yet; create one with portico directory create'
        : `no directory has the slug ${slug}`,
    );
  if (found.length > 1) throw new UsageError('there are several directories; select one with --directory');
  return directory.id;
}

function parseExpiry(text: string): Date {
  const duration = parseDuration(text);
  // Also refuses dates that ISO 8601 cannot express.
  if (duration === undefined) {
    throw new UsageError(
      '--expires must be a duration in minutes, hours, days or weeks, at most 100 years, such as 30m, 12h, 90d or 2w',
    );
  }
  return new Date(Date.now() + duration);
}
