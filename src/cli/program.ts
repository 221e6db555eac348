import 'reflect-metadata';
import { Command, CommanderError, InvalidArgumentError, Option } from 'commander';
import { toHelpText } from 'scim-rehearsal/help';
import { SCOPES } from '../domain/token/token.js';
import type { DirectoryCreateOptions } from './commands/directory-create.js';
import { isUserFacingError } from './terminal/user-facing-error.js';
import type { SchemaImportOptions } from './commands/schema-import.js';
import type { ServeOptions } from './commands/serve.js';
import type { TokenCreateOptions } from './commands/token-create.js';

/** How long output may still drain once a command is done, in milliseconds. */
const LINGER = 500;

/**
 * Runs one command of `portico`.
 *
 * @param parameters what follows the program's name
 * @returns the exit status: 0, or 1 after one line on standard error; `rehearse` has its own
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

/** How `portico rehearse` calls the command of scim-rehearsal. */
const REHEARSE = { program: 'portico', command: 'portico rehearse' };

/**
 * The commands. What runs them is loaded when one of them is called: a mistake or `--help` needs no server.
 *
 * @param setStatus for a command that has run as it should and still ends with another status than 0
 */
function portico(setStatus: (status: number) => void): Command {
  const program = new Command('portico').description(
    'A directory service: GraphQL first, with a SCIM 2.0 façade and a gapless event log',
  );
  program
    .command('serve')
    .description('run the server until it is told to stop')
    .option(
      '--workers <count>',
      'how many processes serve the port, one for each core that is free',
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
    .description('apply migrations and exit')
    .action(async () => (await import('./commands/migrate.js')).migrate());
  program
    .command('directory')
    .description('directories')
    .command('create')
    .description('create a directory')
    .argument('<slug>', 'its part of the Tenant URL: lower-case letters, digits and hyphens')
    .option('--name <name>', 'its name, the slug when left out')
    .option('--json', 'print JSON')
    .action(async (slug: string, options: DirectoryCreateOptions) =>
      (await import('./commands/directory-create.js')).directoryCreate(slug, options),
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
    .action(async (options: TokenCreateOptions) => (await import('./commands/token-create.js')).tokenCreate(options));
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
