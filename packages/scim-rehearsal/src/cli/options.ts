import { DIALECT_CHOICES } from '../simulator/dialect/dialect.js';

/** A command-line option. */
export interface OptionDefinition {
  /** The placeholder of its argument in help texts; an option without one is a switch. */
  readonly argument?: string;
  readonly description: string;
  /** The value used when the option is absent. */
  readonly fallback?: string;
  /** The only values that it accepts. */
  readonly choices?: readonly string[];
  /** The least whole number that it accepts. */
  readonly min?: number;
}

/** The options, in the order in which help texts list them. */
export const OPTIONS = {
  token: { argument: '<token>', description: 'the secret token (required)' },
  profile: {
    argument: '<profile>',
    description:
      'the attribute mapping: non-gallery, everything, olfeo-saas, sosafe, ideo, officespace, or a file (FILE#NAME if it contains several)',
    fallback: 'non-gallery',
  },
  dialect: {
    argument: '<dialect>',
    description:
      'how PATCH requests are written: "default" as Entra writes them, "aadOptscim062020" as with that flag on the Tenant URL, "both" as with the flag while some users are provisioned on demand',
    fallback: 'both',
    choices: DIALECT_CHOICES,
  },
  users: {
    argument: '<count>',
    description: 'number of users to provision, in addition to those that single changes are probed on',
    fallback: '50',
    min: 1,
  },
  groups: { argument: '<count>', description: 'number of groups to provision', fallback: '5', min: 0 },
  members: { argument: '<count>', description: 'number of members in each group', fallback: '20', min: 0 },
  rate: { argument: '<count>', description: 'maximum number of requests per second (default: unlimited)', min: 1 },
  concurrency: {
    argument: '<count>',
    description: 'maximum number of requests in flight',
    fallback: '8',
    min: 1,
  },
  timeout: { argument: '<seconds>', description: 'how long to wait for each response', fallback: '30', min: 1 },
  validate: { description: "run the checks of Microsoft's SCIM Validator and gallery onboarding instead" },
  'token-url': {
    argument: '<url>',
    description: 'with --validate: the token endpoint for client credentials',
  },
  'client-id': { argument: '<id>', description: 'with --validate: the client ID at the token endpoint' },
  'client-secret': { argument: '<secret>', description: 'with --validate: the client secret' },
  scope: { argument: '<scope>', description: 'with --validate: the scope to request' },
  seed: {
    argument: '<text>',
    description:
      'generate the same users and groups again, after deleting those an earlier run with this seed left behind (default: random)',
  },
  keep: { description: 'do not delete the created users and groups' },
  json: { description: 'print the report as JSON' },
  report: { argument: '<file>', description: 'also write the report to a file: .html, .json, or text' },
  version: { description: 'print the version' },
  help: { description: 'print this help' },
} as const satisfies Readonly<Record<string, OptionDefinition>>;

export type OptionName = keyof typeof OPTIONS;

/** The one option with a short form. */
export const SHORT_HELP = 'h';

/** The options of a rehearsal that mean nothing to a validation. */
export const NOT_WITH_VALIDATE = ['profile', 'dialect', 'users', 'groups', 'members', 'concurrency'] as const;

/** An option as messages name it: `--users <count>`. */
export function toFlag(name: OptionName): string {
  const { argument }: OptionDefinition = OPTIONS[name];
  return argument === undefined ? `--${name}` : `--${name} ${argument}`;
}
