import 'reflect-metadata';
import { readFileSync } from 'node:fs';
import { findPackageJSON } from 'node:module';
import { Command, CommanderError, InvalidArgumentError, Option } from 'commander';
import { SCOPES } from '../domain/token/token.js';
import { DIALECT_CHOICES } from '../rehearsal/dialect.js';
import type { DirectoryCreateOptions } from './directory-create.js';
import { isForPeople } from './for-people.js';
import type { RehearseOptions } from './rehearse.js';
import type { SchemaImportOptions } from './schema-import.js';
import type { ServeOptions } from './serve.js';
import type { TokenCreateOptions } from './token-create.js';
import { UsageError } from './usage-error.js';

/** How long to wait for output to drain after a command has finished. Milliseconds. */
const LINGER = 500;

/**
 * Runs one command of `portico`. A command that fails prints one line to standard error.
 *
 * @param parameters the arguments after the program name
 * @returns the exit status: 0 for success, 1 for failure; `rehearse` uses 2 for usage errors
 */
export async function run(parameters: readonly string[]): Promise<number> {
  const status = await runCommand(parameters);
  // Everything has been closed except sockets that the driver keeps open after a connection attempt failed midway.
  setTimeout(() => process.exit(status), LINGER).unref();
  return status;
}

async function runCommand(parameters: readonly string[]): Promise<number> {
  let status = 0;
  const program = portico((code) => {
    status = code;
  });
  for (const command of withSubcommands(program)) {
    command.exitOverride((error) => {
      throw command.name() === 'rehearse' && error.exitCode !== 0
        ? new CommanderError(2, error.code, error.message)
        : error;
    });
    command.configureOutput({
      outputError: (text, write) => {
        write(toErrorLine(text));
      },
    });
  }
  try {
    await program.parseAsync(parameters, { from: 'user' });
    return status;
  } catch (error) {
    if (error instanceof CommanderError) return error.exitCode;
    if (!isForPeople(error)) throw error;
    process.stderr.write(`portico: ${error.message}\n`);
    return error instanceof UsageError ? error.status : 1;
  }
}

const REHEARSE_HELP = `
Creates and changes users and groups at the endpoint. All of them are named
rehearsal-… and have addresses at rehearsal.example. They are deleted at the
end, and on Ctrl-C, unless --keep is given. No others are changed.

Exit status:
  0  the connection would stay healthy; with --validate, no check failed
  1  problems were found, or the run ended without a verdict
  2  usage error; nothing was sent

Example:
  portico rehearse https://app.example.com/scim/v2 --token "$SECRET_TOKEN" \\
    --report rehearsal.html`;

/**
 * Declares the commands. The modules that run them are loaded on demand, so that `--help` and usage errors are fast.
 *
 * @param setStatus sets the exit status of a command that succeeds with another status than 0
 */
function portico(setStatus: (status: number) => void): Command {
  const program = new Command('portico')
    .description('A directory service: GraphQL first, with a SCIM 2.0 façade and a gapless event log')
    .version(readVersion(), '-V, --version', 'print the version and exit');
  program
    .command('serve')
    .description('run the server until it receives SIGINT or SIGTERM')
    .option(
      '--workers <count>',
      'number of processes that share the port; about one for each CPU core that PostgreSQL leaves free',
      toCount(1, 128),
      1,
    )
    .action(async (options: ServeOptions) => (await import('./serve.js')).serve(options));
  program
    .command('worker', { hidden: true })
    .argument('<number>', '', toCount(1))
    .action(async (number: number) => (await import('./workers/worker.js')).worker(number));
  program
    .command('migrate')
    .description('apply the pending database migrations and exit')
    .action(async () => (await import('./migrate.js')).migrate());
  program
    .command('directory')
    .description('manage directories')
    .command('create')
    .description('create a directory and print its Tenant URL')
    .argument('<slug>', 'identifies the directory in its Tenant URL: 1 to 63 lower-case letters, digits and hyphens')
    .option('--name <name>', 'display name of the directory (default: the slug)')
    .option('--json', 'print JSON')
    .action(async (slug: string, options: DirectoryCreateOptions) =>
      (await import('./directory-create.js')).directoryCreate(slug, options),
    );
  program
    .command('token')
    .description('manage bearer tokens')
    .command('create')
    .description('create a token and print it; it cannot be displayed again')
    .addOption(
      new Option('--kind <kind>', 'scim: the SCIM API of a directory; graphql: its GraphQL API; admin: everything')
        .choices(['scim', 'graphql', 'admin'])
        .makeOptionMandatory(),
    )
    .option('--directory <slug>', 'directory of the token; required if there are several, not allowed for admin tokens')
    .addOption(
      new Option('--scope <scope...>', 'permissions of a graphql token (default: directory:read events:read)').choices(
        SCOPES,
      ),
    )
    .option('--expires <duration>', 'lifetime of the token, such as 90d, 12h or 2w (default: unlimited)')
    .option('--name <name>', 'description of the token', 'command line')
    .option('--json', 'print JSON')
    .action(async (options: TokenCreateOptions) => (await import('./token-create.js')).tokenCreate(options));
  program
    .command('schema')
    .description('manage the SCIM schemas of a directory')
    .command('import')
    .description(
      'register all SCIM schemas (RFC 7643 §7) and resource types (§6) in a file, or none if one of them is invalid',
    )
    .argument('<slug>', 'slug of the directory')
    .argument('<file>', 'JSON file with one resource, an array of resources, or a ListResponse as returned by /Schemas')
    .addOption(
      new Option(
        '--resource-type <type>',
        'resource type that the schemas extend (default: the one named in the URN, else User)',
      ).choices(['User', 'Group']),
    )
    .option('--required', 'require every new resource to have values of the schemas')
    .option('--json', 'print JSON')
    .action(async (slug: string, file: string, options: SchemaImportOptions) =>
      (await import('./schema-import.js')).schemaImport(slug, file, options),
    );
  program
    .command('rehearse')
    .description('simulate the provisioning cycles of Microsoft Entra ID against a SCIM endpoint and report problems')
    .argument('<tenantUrl>', 'Tenant URL of the endpoint (its SCIM base URL), as entered in Entra')
    .requiredOption('--token <token>', 'Secret Token (bearer token) for the endpoint')
    .option(
      '--profile <profile>',
      'attribute mappings: non-gallery, everything, olfeo-saas, sosafe, ideo, officespace, or a file (FILE#NAME selects one of several)',
      'non-gallery',
    )
    .addOption(
      new Option(
        '--dialect <dialect>',
        "PATCH dialect: Entra's default, the one of the flag aadOptscim062020 on the Tenant URL, or both, which a Tenant URL with the flag receives when users are provisioned on demand",
      )
        .choices(DIALECT_CHOICES)
        .default('both'),
    )
    .option(
      '--users <count>',
      'number of users to provision, in addition to the few on which each kind of change is tested',
      toCount(1),
      50,
    )
    .option('--groups <count>', 'number of groups to provision', toCount(0), 5)
    .option('--members <count>', 'number of members in each group', toCount(0), 20)
    .option('--rate <count>', 'maximum number of requests per second (default: unlimited)', toCount(1))
    .option('--concurrency <count>', 'maximum number of concurrent requests', toCount(1), 8)
    .option('--timeout <seconds>', 'how long to wait for each response', toCount(1), 30)
    .addOption(
      new Option('--validate', "run the checks of Microsoft's SCIM Validator and gallery onboarding instead").conflicts(
        ['profile', 'dialect', 'users', 'groups', 'members', 'concurrency'],
      ),
    )
    .option('--token-url <url>', 'with --validate: OAuth 2.0 token endpoint for the client credentials grant')
    .option('--client-id <id>', 'with --validate: client ID for the token endpoint')
    .option('--client-secret <secret>', 'with --validate: client secret for the token endpoint')
    .option('--scope <scope>', 'with --validate: scope to request')
    .option(
      '--seed <text>',
      'generate the same users and groups again, after deleting those left by an earlier run (default: random)',
    )
    .option('--keep', 'do not delete the users and groups created by the run')
    .option('--json', 'print the report as JSON')
    .option('--report <file>', 'also write the report to a file: .html, .json, or else plain text')
    .addHelpText('after', REHEARSE_HELP)
    .action(async (tenantUrl: string, options: RehearseOptions) => {
      setStatus(await (await import('./rehearse.js')).rehearseCommand(tenantUrl, options));
    });
  return program;
}

/** Reads the version from the nearest package.json above this module. */
function readVersion(): string {
  const path = findPackageJSON(import.meta.url);
  if (path === undefined) throw new Error('The package.json of Portico is missing');
  return (JSON.parse(readFileSync(path, 'utf8')) as { readonly version: string }).version;
}

/** Returns a parser for an option whose value is a whole number. */
function toCount(least: number, most = 9_999_999): (text: string) => number {
  return (text) => {
    const count = /^\d{1,7}$/.test(text) ? Number(text) : -1;
    if (count < least || count > most) {
      const range = most === 9_999_999 ? `of at least ${least}` : `from ${least} to ${most}`;
      throw new InvalidArgumentError(`Expected a whole number ${range}.`);
    }
    return count;
  };
}

function withSubcommands(command: Command): Command[] {
  return [command, ...command.commands.flatMap(withSubcommands)];
}

/** Joins the lines of an error: commander writes "Did you mean …?" on a line of its own. */
function toErrorLine(text: string): string {
  return text.replace(/^error: /, 'portico: ').replace(/\n(?=.)/g, ' ');
}
