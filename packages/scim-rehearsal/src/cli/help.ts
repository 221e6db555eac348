import { OPTIONS, SHORT_HELP, toFlag, type OptionDefinition, type OptionName } from './options.js';

/** The width of a help text, in characters. */
const WIDTH = 80;

/** The text that `--help` prints, for the command as the user types it. */
export function toHelpText(command: string): string {
  const flags = (Object.keys(OPTIONS) as OptionName[]).map((name) => [toUsage(name), describe(OPTIONS[name])] as const);
  const entries = [['tenantUrl', 'the SCIM base URL, as entered in Entra'] as const, ...flags];
  const column = Math.max(...entries.map(([usage]) => usage.length)) + 4;
  const toEntry = ([usage, description]: readonly [string, string]) =>
    `  ${usage}`.padEnd(column) + wrap(description, WIDTH - column).join(`\n${' '.repeat(column)}`);
  const [argument, ...options] = entries.map(toEntry);
  return `Usage: ${command} <tenantUrl> --token <token> [options]

Simulates the provisioning of Microsoft Entra ID against any SCIM 2.0 endpoint
and reports what would fail.

Arguments:
${argument ?? ''}

Options:
${options.join('\n')}

Creates and changes users and groups at the endpoint. Their names start with
"rehearsal-" and their addresses are at rehearsal.example. They are deleted at
the end, also after Ctrl-C, unless --keep is given. Other users and groups are
never changed.

Exit status:
  0  the connection would stay healthy, or with --validate no check failed
  1  the connection would not stay healthy, or there is no verdict
  2  incorrect usage; no request was sent

Example:
  ${command} https://app.example.com/scim/v2 --token "$SECRET_TOKEN" \\
    --report rehearsal.html
`;
}

function toUsage(name: OptionName): string {
  return name === 'help' ? `-${SHORT_HELP}, --${name}` : toFlag(name);
}

function describe({ description, fallback }: OptionDefinition): string {
  return fallback === undefined ? description : `${description} (default: ${fallback})`;
}

function wrap(text: string, width: number): string[] {
  const lines = [''];
  for (const word of text.split(' ')) {
    const line = lines.at(-1) ?? '';
    if (line === '') lines.splice(-1, 1, word);
    else if (line.length + 1 + word.length <= width) lines.splice(-1, 1, `${line} ${word}`);
    else lines.push(word);
  }
  return lines;
}
