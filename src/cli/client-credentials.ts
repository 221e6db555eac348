import type { ClientCredentials } from '../../packages/scim-rehearsal/src/validator/context/client-credentials.js';
import { wrongUsage } from './usage-error.js';

/** The options of `portico rehearse --validate` that name a token endpoint. */
export interface ClientCredentialOptions {
  readonly validate?: boolean;
  readonly tokenUrl?: string;
  readonly clientId?: string;
  readonly clientSecret?: string;
  readonly scope?: string;
}

/** @throws UsageError unless they are all there or none is, and what they are for is being done */
export function readClientCredentials(options: ClientCredentialOptions): ClientCredentials | undefined {
  const { validate, tokenUrl, clientId, clientSecret, scope } = options;
  if ([tokenUrl, clientId, clientSecret, scope].every((one) => one === undefined)) return undefined;
  if (!validate) throw wrongUsage('--token-url, --client-id, --client-secret and --scope go with --validate');
  if (!tokenUrl || !clientId || !clientSecret) {
    throw wrongUsage('--token-url, --client-id and --client-secret go together');
  }
  const url = URL.canParse(tokenUrl) ? new URL(tokenUrl) : undefined;
  if (!url || !/^https?:$/.test(url.protocol)) throw wrongUsage('--token-url must begin with https:// or http://');
  if (url.username || url.password) throw wrongUsage('--token-url must not hold a password');
  return { tokenUrl: url, clientId, clientSecret, scope };
}
