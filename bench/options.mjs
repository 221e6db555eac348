/** The options of `npm run bench`. */
import { parseArgs } from 'node:util';
import { SCIM_CONTESTANTS } from './contestants/scim-contestants.mjs';

const PARTS = ['requests', 'graphql', 'groups', 'pages', 'events', 'idle', 'growth'];
/** Without `idle`, which spends most of its time waiting. */
const QUICK_PARTS = PARTS.filter((part) => part !== 'idle');

const CONTESTANTS = SCIM_CONTESTANTS.map(({ key }) => key);

export const HELP = `npm run bench -- [parts] [options]

  parts              ${PARTS.join(', ')}; all by default
  --quick            fewer rounds and smaller directories; prints the figures only
  --write, --no-write  write docs/performance.md or not; by default unless --quick or --only is given
  --seconds N        duration of one measurement
  --rounds N         number of rounds; each contestant is measured once in each
  --users N          number of users that the initial cycle creates
  --only A,B         contestants of the part "requests":
                     ${CONTESTANTS.join(', ')}
  --serve "ARGS"     arguments for \`portico serve\`, such as --serve "--workers 2"
`;

const FULL = {
  seconds: 2,
  rounds: 5,
  users: 5_000,
  groupSizes: [100, 10_000, 100_000],
  groupRounds: 300,
  pagedUsers: 100_000,
  events: 1_000,
  growthRounds: 400,
  growth: [
    { users: 1_000, directories: 1 },
    { users: 100_000, directories: 1 },
    { users: 1_000_000, directories: 1 },
    { users: 1_000, directories: 1_000 },
  ],
};

const QUICK = {
  seconds: 0.5,
  rounds: 3,
  users: 400,
  groupSizes: [100, 1_000, 10_000],
  groupRounds: 50,
  pagedUsers: 20_000,
  events: 200,
  growthRounds: 100,
  growth: [
    { users: 1_000, directories: 1 },
    { users: 20_000, directories: 1 },
    { users: 200, directories: 100 },
  ],
};

/** Parses the command line. Exits the process with an error message when it is wrong. */
export function readOptions(commandLine) {
  try {
    return toOptions(commandLine);
  } catch (error) {
    process.stderr.write(`${error.message}\n\n${HELP}`);
    return process.exit(2);
  }
}

function toOptions(commandLine) {
  const { values, positionals } = parseArgs({
    args: commandLine,
    allowPositionals: true,
    allowNegative: true,
    options: {
      help: { type: 'boolean', default: false },
      quick: { type: 'boolean', default: false },
      write: { type: 'boolean' },
      seconds: { type: 'string' },
      rounds: { type: 'string' },
      users: { type: 'string' },
      only: { type: 'string' },
      serve: { type: 'string', default: '' },
    },
  });
  const unknown = positionals.find((part) => !PARTS.includes(part));
  if (unknown !== undefined) throw new Error(`Unknown part "${unknown}": choose from ${PARTS.join(', ')}`);
  const size = values.quick ? QUICK : FULL;
  const only = values.only?.split(',').map((key) => key.trim());
  const unknownContestant = only?.find((key) => !CONTESTANTS.includes(key));
  if (unknownContestant !== undefined) {
    throw new Error(`Unknown contestant "${unknownContestant}": choose from ${CONTESTANTS.join(', ')}`);
  }
  return {
    ...size,
    ...Object.fromEntries(
      ['seconds', 'rounds', 'users'].map((name) => [name, toNumber(name, values[name]) ?? size[name]]),
    ),
    help: values.help,
    parts: positionals.length > 0 ? positionals : values.quick ? QUICK_PARTS : PARTS,
    write: values.write ?? !(values.quick || only),
    isChosen: (key) => only === undefined || only.includes(key),
    porticoArguments: values.serve.split(' ').filter((argument) => argument !== ''),
    commandLine,
  };
}

function toNumber(name, text) {
  if (text === undefined) return undefined;
  if (!(Number(text) > 0)) throw new Error(`--${name} must be a number above 0`);
  return Number(text);
}
