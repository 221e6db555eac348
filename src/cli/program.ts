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

/** How long output may still drain once a command is done, in milliseconds. */
const LINGER = 500;

/**
 * Runs one command of `portico`.
 *
 * @param parameters what follows the program's name
 * @returns the exit status: 0, or 1 (of `rehearse`, which says more by its status, 2) after one line on standard error
 */
export async function run(parameters: readonly string[]): Promise<number> {
  const status = await runCommand(parameters);
  // Everything is closed by now, but for what the driver leaves open of a connection that failed half way.
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
Creates and changes users and groups at the endpoint, all of them named
rehearsal-…, with addresses at rehearsal.example, and removes them in the end,
on Ctrl-C too, unless told to keep them. Others are left alone.

Exit status:
  0  the connection would stay healthy, or with --validate no check failed
  1  it would not, or there is no verdict
  2  wrong usage: nothing was sent

Example:
  portico rehearse https://app.example.com/scim/v2 --token "$SECRET_TOKEN" \\
    --report rehearsal.html`;

/**
 * The commands. What runs them is loaded when one of them is called: a mistake or `--help` needs no server.
 *
 * @param setStatus for a command that has run as it should and still ends with another status than 0
 */
function portico(setStatus: (status: number) => void): Command {
  const program = new Command('portico')
    .description('A directory service: GraphQL first, with a SCIM 2.0 façade and a gapless event log')
    .version(readVersion(), '-V, --version', 'print the version and exit');
  program
    .command('serve')
    .description('run the server until it is told to stop')
    .option(
      '--workers <count>',
      'how many processes serve the port, one for each core that is free',
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
    .description('apply migrations and exit')
    .action(async () => (await import('./migrate.js')).migrate());
  program
    .command('directory')
    .description('directories')
    .command('create')
    .description('create a directory')
    .argument('<slug>', 'its part of the Tenant URL: lower-case letters, digits and hyphens')
    .option('--name <name>', 'its name, the slug when left out')
    .option('--json', 'print JSON')
    .action(async (slug: string, options: DirectoryCreateOptions) =>
      (await import('./directory-create.js')).directoryCreate(slug, options),
    );
  program
    .command('token')
    .description('tokens')
    .command('create')
    .description('create a token; its secret is printed once and never again')
    .addOption(new Option('--kind <kind>', 'what it opens').choices(['scim', 'graphql', 'admin']).makeOptionMandatory())
    .option('--directory <slug>', 'its directory; may be left out where there is just one, and for admin tokens')
    .addOption(new Option('--scope <scope...>', 'what a graphql token may do (default: reading)').choices(SCOPES))
    .option('--expires <duration>', 'when it expires, such as 90d, 12h or 2w (default: never)')
    .option('--name <name>', 'what it is for', 'command line')
    .option('--json', 'print JSON')
    .action(async (options: TokenCreateOptions) => (await import('./token-create.js')).tokenCreate(options));
  program
    .command('schema')
    .description('schemas of a directory')
    .command('import')
    .description('register the SCIM schemas (RFC 7643 §7) and resource types (§6) of a file, all or none')
    .argument('<slug>', 'the directory')
    .argument('<file>', 'a JSON file: one resource, a list of them, or what /Schemas answers')
    .addOption(
      new Option('--resource-type <type>', 'what they extend (default: what the URN says, else User)').choices([
        'User',
        'Group',
      ]),
    )
    .option('--required', 'every new resource must have values of them')
    .option('--json', 'print JSON')
    .action(async (slug: string, file: string, options: SchemaImportOptions) =>
      (await import('./schema-import.js')).schemaImport(slug, file, options),
    );
  program
    .command('rehearse')
    .description('play the provisioning of Microsoft Entra ID against any SCIM endpoint, and explain what was seen')
    .argument('<tenantUrl>', 'the SCIM base URL, as Entra has it')
    .requiredOption('--token <token>', 'the secret token')
    .option(
      '--profile <profile>',
      'what is mapped: non-gallery, everything, olfeo-saas, sosafe, ideo, officespace, or a file (FILE#NAME for one of many)',
      'non-gallery',
    )
    .addOption(
      new Option(
        '--dialect <dialect>',
        'how changes are written: as Entra does by default, as with the flag aadOptscim062020 on the Tenant URL, or both, as with the flag when some are provisioned on demand',
      )
        .choices(DIALECT_CHOICES)
        .default('both'),
    )
    .option(
      '--users <count>',
      'how many users are provisioned, beside the few that each kind of change is tried on',
      toCount(1),
      50,
    )
    .option('--groups <count>', 'how many groups are provisioned', toCount(0), 5)
    .option('--members <count>', 'how many members each group gets', toCount(0), 20)
    .option('--rate <count>', 'at most so many requests a second (default: as fast as the answers come)', toCount(1))
    .option('--concurrency <count>', 'how many requests are under way at once', toCount(1), 8)
    .option('--timeout <seconds>', 'how long an answer is waited for', toCount(1), 30)
    .addOption(
      new Option(
        '--validate',
        "make the checks of Microsoft's SCIM Validator and gallery onboarding instead",
      ).conflicts(['profile', 'dialect', 'users', 'groups', 'members', 'concurrency']),
    )
    .option('--token-url <url>', 'with --validate: where a token is asked for with client credentials')
    .option('--client-id <id>', 'with --validate: the client at the token endpoint')
    .option('--client-secret <secret>', 'with --validate: its secret')
    .option('--scope <scope>', 'with --validate: the scope of the token')
    .option('--seed <text>', 'make the same people again, and remove first what is left of them (default: by chance)')
    .option('--keep', 'leave there what was made')
    .option('--json', 'print the report as JSON')
    .option('--report <file>', 'write the report to a file too: .html, .json, or text')
    .addHelpText('after', REHEARSE_HELP)
    .action(async (tenantUrl: string, options: RehearseOptions) => {
      setStatus(await (await import('./rehearse.js')).rehearseCommand(tenantUrl, options));
    });
  return program;
}

/** Reads the version from the package.json of the installation, wherever the build lies in it. */
function readVersion(): string {
  const path = findPackageJSON(import.meta.url);
  if (path === undefined) throw new Error('The package.json of Portico is missing');
  return (JSON.parse(readFileSync(path, 'utf8')) as { readonly version: string }).version;
}

/** Reads a whole number of an option. */
function toCount(least: number, most = 9_999_999): (text: string) => number {
  return (text) => {
    const count = /^\d{1,7}$/.test(text) ? Number(text) : -1;
    if (count < least || count > most) {
      const range = most === 9_999_999 ? `from ${least} on` : `from ${least} to ${most}`;
      throw new InvalidArgumentError(`a whole number ${range} is needed.`);
    }
    return count;
  };
}

function withSubcommands(command: Command): Command[] {
  return [command, ...command.commands.flatMap(withSubcommands)];
}

/** commander puts its "Did you mean …?" on a line of its own. */
function toErrorLine(text: string): string {
  return text.replace(/^error: /, 'portico: ').replace(/\n(?=.)/g, ' ');
}
