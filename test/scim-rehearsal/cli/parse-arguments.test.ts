import { describe, expect, test } from '@jest/globals';
import { toHelpText } from '../../../packages/scim-rehearsal/src/cli/help.js';
import { OPTIONS } from '../../../packages/scim-rehearsal/src/cli/options.js';
import { parseArguments } from '../../../packages/scim-rehearsal/src/cli/parse-arguments.js';
import { UsageError } from '../../../packages/scim-rehearsal/src/cli/usage-error.js';

const URL = 'https://app.example/scim';

describe('the arguments of the command', () => {
  test('have defaults', () => {
    expect(parseArguments([URL, '--token', 't'])).toEqual({
      tenantUrl: URL,
      token: 't',
      profile: 'non-gallery',
      dialect: 'both',
      users: 50,
      groups: 5,
      members: 20,
      rate: undefined,
      concurrency: 8,
      timeout: 30,
      validate: false,
      tokenUrl: undefined,
      clientId: undefined,
      clientSecret: undefined,
      scope: undefined,
      seed: undefined,
      keep: false,
      json: false,
      report: undefined,
    });
  });

  test('may be in any order, with or without an equals sign; the last of two applies', () => {
    const parsed = parseArguments(['--users=7', '--json', '--token', 't', URL, '--users', '8', '--rate', '25']);
    expect(parsed).toMatchObject({ tenantUrl: URL, users: 8, rate: 25, json: true });
  });

  test('may contain a secret that starts with a hyphen', () => {
    expect(parseArguments([URL, '--token', '-secret'])).toMatchObject({ token: '-secret' });
    expect(parseArguments([URL, '--token=--secret'])).toMatchObject({ token: '--secret' });
  });

  test.each(['-h', '--help'])('request help with %s, whatever the other arguments are', (flag) => {
    expect(parseArguments(['--token', 't', flag, 'too', 'many'])).toBe('help');
  });

  test('request the version', () => {
    expect(parseArguments(['--version'])).toBe('version');
  });

  test.each<[readonly string[], string]>([
    [[URL], "required option '--token <token>' not specified"],
    [['--token', 't'], "missing required argument 'tenantUrl'"],
    [[URL, '--token', 't', 'more'], 'too many arguments: expected 1, got 2'],
    [[URL, '--token'], "option '--token <token>' argument missing"],
    [[URL, '--token', 't', '--keep=yes'], "option '--keep' takes no argument"],
    [[URL, '--token', 't', '--usres', '5'], "unknown option '--usres' (Did you mean --users?)"],
    [[URL, '--token', 't', '--constructor'], "unknown option '--constructor'"],
    [[URL, '--token', 't', '-x'], "unknown option '-x'"],
    [
      [URL, '--token', 't', '--dialect', 'okta'],
      "option '--dialect <dialect>' argument 'okta' is invalid. Allowed choices are default, aadOptscim062020, both.",
    ],
    ...['0', '-1', '1.5', '', 'all', '10000000'].map((count): [readonly string[], string] => [
      [URL, '--token', 't', `--users=${count}`],
      `option '--users <count>' argument '${count}' is invalid. It must be a whole number from 1 to 9999999.`,
    ]),
    [
      [URL, '--token', 't', '--validate', '--members', '5'],
      "option '--validate' cannot be used with option '--members <count>'",
    ],
  ])('%j are rejected: %s', (parameters, message) => {
    expect(() => parseArguments(parameters)).toThrow(new UsageError(message));
  });
});

test('the help text lists every option and fits into 80 columns', () => {
  const text = toHelpText('portico rehearse');
  for (const name of Object.keys(OPTIONS)) expect(text).toMatch(new RegExp(`^  (-h, )?--${name} `, 'm'));
  for (const line of text.split('\n')) expect(line.length).toBeLessThanOrEqual(80);
  expect(text).toMatch(/^Usage: portico rehearse <tenantUrl> /);
});
