import type { ClientCredentials } from '../validator/context/client-credentials.js';
import { UsageError } from './usage-error.js';

/** The options that name a token endpoint, and the one they require. */
export interface ClientCredentialOptions {
  readonly validate: boolean;
  readonly tokenUrl: string | undefined;
  readonly clientId: string | undefined;
  readonly clientSecret: string | undefined;
  readonly scope: string | undefined;
}

/**
 * Reads the client credentials from the options.
 *
 * @returns undefined when none of the options is present
 * @throws UsageError when only some of them are, or without `--validate`
 */
export function readClientCredentials(options: ClientCredentialOptions): ClientCredentials | undefined {
  const { validate, tokenUrl, clientId, clientSecret, scope } = options;
  if ([tokenUrl, clientId, clientSecret, scope].every((one) => one === undefined)) return undefined;
  if (!validate) {
    throw new UsageError('--token-url, --client-id, --client-secret and --scope can only be used with --validate');
  }
  if (!tokenUrl || !clientId || !clientSecret) {
    throw new UsageError('--token-url, --client-id and --client-secret must be used together');
  }
  const url = URL.canParse(tokenUrl) ? new URL(tokenUrl) : undefined;
  if (!url || !/^https?:$/.test(url.protocol)) throw new UsageError('--token-url must start with https:// or http://');
  if (url.username || url.password) throw new UsageError('--token-url must not contain a user name or password');
  return { tokenUrl: url, clientId, clientSecret, scope };
}
