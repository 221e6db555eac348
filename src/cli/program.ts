import 'reflect-metadata';
import { Command, CommanderError } from 'commander';
import { ConfigError } from '../config.js';
import { EmbeddedPostgresError } from '../database/embedded/embedded-postgres-error.js';
import { DatabaseError } from '../database/migrate.js';
import { DomainError } from '../domain/errors.js';
import { directoryCommand } from './directory-create.js';
import { migrateCommand } from './migrate.js';
import { serveCommand } from './serve.js';
import { tokenCommand } from './token-create.js';
import { UsageError } from './usage-error.js';

/** How long output may still drain once a command is done, in milliseconds. */
const LINGER = 500;

/**
 * Runs one command of `portico`.
 *
 * @param parameters what follows the program's name
 * @returns the exit status: 0, or 1 after one line on standard error
 */
export async function run(parameters: readonly string[]): Promise<number> {
  const status = await runCommand(parameters);
  // Everything is closed by now, but for what the driver leaves open of a connection that failed half way.
  setTimeout(() => process.exit(status), LINGER).unref();
  return status;
}

async function runCommand(parameters: readonly string[]): Promise<number> {
  const program = new Command('portico')
    .description('A directory service: GraphQL first, with a SCIM 2.0 façade and a gapless event log')
    .addCommand(serveCommand())
    .addCommand(migrateCommand())
    .addCommand(directoryCommand())
    .addCommand(tokenCommand());
  for (const command of withSubcommands(program)) {
    command.exitOverride().configureOutput({
      outputError: (text, write) => {
        write(toErrorLine(text));
      },
    });
  }
  try {
    await program.parseAsync(parameters, { from: 'user' });
    return 0;
  } catch (error) {
    if (error instanceof CommanderError) return error.exitCode;
    if (!isForPeople(error)) throw error;
    process.stderr.write(`portico: ${error.message}\n`);
    return 1;
  }
}

function withSubcommands(command: Command): Command[] {
  return [command, ...command.commands.flatMap(withSubcommands)];
}

/** commander puts its "Did you mean …?" on a line of its own. */
function toErrorLine(text: string): string {
  return text.replace(/^error: /, 'portico: ').replace(/\n(?=.)/g, ' ');
}

/** Errors whose message is one line that says what to do. Anything else is a fault of ours and keeps its stack. */
function isForPeople(error: unknown): error is Error {
  return [ConfigError, DatabaseError, EmbeddedPostgresError, DomainError, UsageError].some(
    (kind) => error instanceof kind,
  );
}
