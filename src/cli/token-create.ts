import type { EntityManager } from '@mikro-orm/postgresql';
import { Command, Option } from 'commander';
import { DirectoryEntity, type Directory } from '../domain/directory/directory.js';
import { createToken } from '../domain/token/token-commands.js';
import { SCOPES, type Scope, type TokenKind } from '../domain/token/token.js';
import { print } from './print.js';
import { UsageError } from './usage-error.js';
import { withDatabase } from './with-database.js';

interface Options {
  readonly directory?: string;
  readonly kind: TokenKind;
  readonly scope?: Scope[];
  readonly expires?: string;
  readonly name: string;
  readonly json?: boolean;
}

const MILLISECONDS: Readonly<Record<string, number>> = { m: 60_000, h: 3_600_000, d: 86_400_000, w: 604_800_000 };

/** A hundred years; who means longer means never. */
const LONGEST = 36_525 * 86_400_000;

/** `portico token create`. */
export function tokenCommand(): Command {
  const create = new Command('create')
    .description('create a token; its secret is printed once and never again')
    .addOption(new Option('--kind <kind>', 'what it opens').choices(['scim', 'graphql', 'admin']).makeOptionMandatory())
    .option('--directory <slug>', 'its directory; may be left out where there is just one, and for admin tokens')
    .addOption(new Option('--scope <scope...>', 'what a graphql token may do (default: reading)').choices(SCOPES))
    .option('--expires <duration>', 'when it expires, such as 90d, 12h or 2w (default: never)')
    .option('--name <name>', 'what it is for', 'command line')
    .option('--json', 'print JSON')
    .action(async (options: Options) => {
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
      print(options.json ? JSON.stringify({ id: token.id, token: secret }) : secret);
    });
  return new Command('token').description('tokens').addCommand(create);
}

async function findDirectoryId(em: EntityManager, { kind, directory: slug }: Options): Promise<string | null> {
  if (kind === 'admin') {
    if (slug !== undefined) throw new UsageError('an admin token belongs to no directory; leave out --directory');
    return null;
  }
  const found: Directory[] = await em.fork().find(DirectoryEntity, slug === undefined ? {} : { slug }, { limit: 2 });
  const [directory] = found;
  if (!directory)
    throw new UsageError(slug === undefined ? 'there is no directory yet' : `no directory is named ${slug}`);
  if (found.length > 1) throw new UsageError('there are several directories; name one with --directory');
  return directory.id;
}

function parseExpiry(text: string): Date {
  const [, amount, unit = ''] = /^([1-9]\d{0,8})([mhdw])$/.exec(text) ?? [];
  const duration = Number(amount) * (MILLISECONDS[unit] ?? Number.NaN);
  // Also refuses years that no date in ISO 8601 has room for.
  if (!(duration <= LONGEST)) {
    throw new UsageError(
      '--expires takes minutes, hours, days or weeks, up to a hundred years, such as 30m, 12h, 90d or 2w',
    );
  }
  return new Date(Date.now() + duration);
}
