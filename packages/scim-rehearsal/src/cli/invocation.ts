/** How the user called the command. It is also available as a subcommand of other programs. */
export interface Invocation {
  /** Precedes each message on standard error. */
  readonly program: string;
  /** The command as typed, in help texts. */
  readonly command: string;
}

/** The command called under its own name. */
export const STANDALONE: Invocation = { program: 'scim-rehearsal', command: 'scim-rehearsal' };
