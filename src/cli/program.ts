import 'reflect-metadata';
import { readFileSync } from 'node:fs';
import { findPackageJSON } from 'node:module';
import { Command, CommanderError, InvalidArgumentError, Option } from 'commander';
import { toHelpText } from 'scim-rehearsal/help';
import { SCOPES } from '../domain/token/scope.js';
import type { DirectoryCreateOptions } from './commands/directory-create.js';
import { isUserFacingError } from './terminal/user-facing-error.js';
import type { SchemaImportOptions } from './commands/schema-import.js';
import type { ServeOptions } from './commands/serve.js';
import type { TokenCreateOptions } from './commands/token-create.js';

/** The timeout for writing the remaining output after a command has finished, in milliseconds. */
const OUTPUT_TIMEOUT = 500;

/**
 * Runs one command of `portico`. A command that fails prints one line to standard error.
 *
 * @param parameters the arguments after the name of the program
 * @returns the exit status: 0, or 1 after an error; `rehearse` has its own
 */
export async function run(parameters: readonly string[]): Promise<number> {
  const status = await runCommand(parameters);
  // Everything has been closed except sockets that the driver keeps open after a connection attempt failed midway.
  setTimeout(() => process.exit(status), OUTPUT_TIMEOUT).unref();
  return status;
}

async function runCommand(parameters: readonly string[]): Promise<number> {
  let status = 0;
  const program = portico((code) => {
    status = code;
  });
  for (const command of withSubcommands(program)) {
    command.exitOverride((error) => {
      throw error;
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
    if (!isUserFacingError(error)) throw error;
    process.stderr.write(`portico: ${error.message}\n`);
    return 1;
  }
}

/** The names under which `portico rehearse` runs the command of scim-rehearsal. */
const REHEARSE = { program: 'portico', command: 'portico rehearse' };

/**
 * Declares the commands. The modules that run them are loaded on demand, so that `--help` and usage errors are fast.
 *
 * @param setStatus sets the exit status of a command that has succeeded, if it is not 0
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
    .action(async (options: ServeOptions) => (await import('./commands/serve.js')).serve(options));
  program
    .command('worker', { hidden: true })
    .argument('<number>', '', toCount(1))
    .action(async (number: number) => (await import('./workers/worker.js')).worker(number));
  program
    .command('migrate')
    .description('apply the pending database migrations and exit')
    .action(async () => (await import('./commands/migrate.js')).migrate());
  program
    .command('directory')
    .description('manage directories')
    .command('create')
    .description('create a directory and print its Tenant URL')
    .argument('<slug>', 'identifies the directory in its Tenant URL: 1 to 63 lower-case letters, digits and hyphens')
    .option('--name <name>', 'display name of the directory (default: the slug)')
    .option('--json', 'print JSON')
    .action(async (slug: string, options: DirectoryCreateOptions) =>
      (await import('./commands/directory-create.js')).directoryCreate(slug, options),
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
    .action(async (options: TokenCreateOptions) => (await import('./commands/token-create.js')).tokenCreate(options));
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
      (await import('./commands/schema-import.js')).schemaImport(slug, file, options),
    );
  const rehearse = program
    .command('rehearse')
    .description('simulate the provisioning of Microsoft Entra ID against any SCIM endpoint and report what would fail')
    .usage('<tenantUrl> --token <token> [options]')
    // scim-rehearsal parses its arguments itself.
    .argument('[arguments...]')
    .helpOption(false)
    .allowUnknownOption()
    .action(async () => {
      const { run: runRehearsal } = await import('scim-rehearsal/command');
      setStatus(await runRehearsal(rehearse.args, REHEARSE));
    });
  // Commander prints this for `portico help rehearse`.
  rehearse.helpInformation = () => toHelpText(REHEARSE.command);
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
