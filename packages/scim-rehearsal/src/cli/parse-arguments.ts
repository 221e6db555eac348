import { parseArgs } from 'node:util';
import { closestName } from '../profile/file/closest-name.js';
import type { DialectChoice } from '../simulator/dialect/dialect.js';
import type { ClientCredentialOptions } from './client-credentials.js';
import { NOT_WITH_VALIDATE, OPTIONS, SHORT_HELP, toFlag, type OptionDefinition, type OptionName } from './options.js';
import { UsageError } from './usage-error.js';

/** The parsed arguments of the command. */
export interface CommandArguments extends ClientCredentialOptions {
  readonly tenantUrl: string;
  readonly token: string;
  readonly profile: string;
  readonly dialect: DialectChoice;
  readonly users: number;
  readonly groups: number;
  readonly members: number;
  readonly rate: number | undefined;
  readonly concurrency: number;
  /** Seconds. */
  readonly timeout: number;
  readonly seed: string | undefined;
  readonly keep: boolean;
  readonly json: boolean;
  readonly report: string | undefined;
}

const MAX_COUNT = 9_999_999;

/** The options that are present, with their arguments; the argument of a switch is empty. */
type PresentOptions = ReadonlyMap<OptionName, string>;

/**
 * Parses the arguments of the command.
 *
 * @returns `help` or `version` when the arguments ask for nothing else
 * @throws UsageError
 */
export function parseArguments(parameters: readonly string[]): CommandArguments | 'help' | 'version' {
  const { options, operands } = readTokens(parameters);
  if (options.has('help')) return 'help';
  if (options.has('version')) return 'version';
  const token = options.get('token');
  if (token === undefined) throw new UsageError(`required option '${toFlag('token')}' not specified`);
  const conflict = options.has('validate') && NOT_WITH_VALIDATE.find((name) => options.has(name));
  if (conflict) throw new UsageError(`option '--validate' cannot be used with option '${toFlag(conflict)}'`);
  const [tenantUrl] = operands;
  if (tenantUrl === undefined) throw new UsageError("missing required argument 'tenantUrl'");
  if (operands.length > 1) throw new UsageError(`too many arguments: expected 1, got ${operands.length}`);
  return {
    tenantUrl,
    token,
    profile: valueOf(options, 'profile'),
    dialect: valueOf(options, 'dialect') as DialectChoice,
    users: countOf(options, 'users'),
    groups: countOf(options, 'groups'),
    members: countOf(options, 'members'),
    rate: options.has('rate') ? countOf(options, 'rate') : undefined,
    concurrency: countOf(options, 'concurrency'),
    timeout: countOf(options, 'timeout'),
    validate: options.has('validate'),
    tokenUrl: options.get('token-url'),
    clientId: options.get('client-id'),
    clientSecret: options.get('client-secret'),
    scope: options.get('scope'),
    seed: options.get('seed'),
    keep: options.has('keep'),
    json: options.has('json'),
    report: options.get('report'),
  };
}

function readTokens(parameters: readonly string[]): { options: PresentOptions; operands: readonly string[] } {
  const config = Object.entries<OptionDefinition>(OPTIONS).map(([name, { argument }]) => [
    name,
    { type: argument === undefined ? 'boolean' : 'string', ...(name === 'help' ? { short: SHORT_HELP } : {}) },
  ]);
  const options = new Map<OptionName, string>();
  const operands: string[] = [];
  // Not strict: a secret may begin with a hyphen, which Node would refuse as ambiguous.
  const { tokens } = parseArgs({
    args: parameters,
    options: Object.fromEntries(config) as Record<OptionName, { type: 'boolean' | 'string' }>,
    allowPositionals: true,
    strict: false,
    tokens: true,
  });
  for (const token of tokens) {
    if (token.kind === 'positional') operands.push(token.value);
    if (token.kind === 'option') options.set(toName(token.name, token.rawName), toValue(token));
  }
  return { options, operands };
}

function toName(name: string, rawName: string): OptionName {
  if (Object.hasOwn(OPTIONS, name)) return name as OptionName;
  const closest = closestName(name, Object.keys(OPTIONS));
  const hint = closest === undefined ? '' : ` (Did you mean --${closest}?)`;
  throw new UsageError(`unknown option '${rawName}'${hint}`);
}

/** Checks the argument of a known option. */
function toValue({ name, value }: { readonly name: string; readonly value: string | undefined }): string {
  const definition: OptionDefinition = OPTIONS[name as OptionName];
  const flag = toFlag(name as OptionName);
  const { argument, choices, min } = definition;
  if (argument === undefined) {
    if (value !== undefined) throw new UsageError(`option '${flag}' takes no argument`);
    return '';
  }
  if (value === undefined) throw new UsageError(`option '${flag}' argument missing`);
  const refuse = (reason: string) => new UsageError(`option '${flag}' argument '${value}' is invalid. ${reason}`);
  if (choices && !choices.includes(value)) throw refuse(`Allowed choices are ${choices.join(', ')}.`);
  const isCount = /^\d+$/.test(value) && Number(value) >= (min ?? 0) && Number(value) <= MAX_COUNT;
  if (min !== undefined && !isCount) throw refuse(`It must be a whole number from ${min} to ${MAX_COUNT}.`);
  return value;
}

function valueOf(options: PresentOptions, name: OptionName): string {
  const { fallback = '' }: OptionDefinition = OPTIONS[name];
  return options.get(name) ?? fallback;
}

function countOf(options: PresentOptions, name: OptionName): number {
  return Number(valueOf(options, name));
}
