import type { ClientCredentials } from '../rehearsal/validate/credentials.js';
import { wrongUsage } from './usage-error.js';

/** Options of `portico rehearse --validate` for the client credentials grant. */
export interface ClientCredentialOptions {
  readonly validate?: boolean;
  readonly tokenUrl?: string;
  readonly clientId?: string;
  readonly clientSecret?: string;
  readonly scope?: string;
}

/**
 * Reads the client credentials from the options.
 *
 * @returns undefined if none of the options is given
 * @throws UsageError if they are incomplete, or given without `--validate`
 */
export function readClientCredentials(options: ClientCredentialOptions): ClientCredentials | undefined {
  const { validate, tokenUrl, clientId, clientSecret, scope } = options;
  if ([tokenUrl, clientId, clientSecret, scope].every((one) => one === undefined)) return undefined;
  if (!validate) throw wrongUsage('--token-url, --client-id, --client-secret and --scope require --validate');
  if (!tokenUrl || !clientId || !clientSecret) {
    throw wrongUsage('--token-url, --client-id and --client-secret must be given together');
  }
  const url = URL.canParse(tokenUrl) ? new URL(tokenUrl) : undefined;
  if (!url || !/^https?:$/.test(url.protocol)) throw wrongUsage('--token-url must begin with https:// or http://');
  if (url.username || url.password) throw wrongUsage('--token-url must not contain a user name or password');
  return { tokenUrl: url, clientId, clientSecret, scope };
}
