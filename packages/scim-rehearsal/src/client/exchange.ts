import type { Json } from './json.js';

/**
 * On whose behalf a request is sent. `entra`: Entra sends it, and it counts in the figures of speed; `check`: the
 * rehearsal looks for itself; `removal`: what was made is taken away, also after the rehearsal was told to stop.
 */
export type Initiator = 'entra' | 'check' | 'removal';

/** Why no answer came. */
export type FailureKind = 'name-not-found' | 'connection-refused' | 'connection-closed' | 'timed-out' | 'tls-failed';

/** One request and what came of it, without the token. */
export interface Exchange {
  /** Its number in the rehearsal, from 1. */
  readonly number: number;
  /** What was being done, such as `match user`: figures of speed are kept by it. */
  readonly step: string;
  readonly by: Initiator;
  readonly method: string;
  readonly url: string;
  readonly request: { readonly headers: Readonly<Record<string, string>>; readonly body?: Json };
  /** Undefined when none came. */
  readonly response?: {
    readonly status: number;
    readonly headers: Readonly<Record<string, string>>;
    /** Parsed where it is JSON, else the text; undefined when there is none. */
    readonly body?: Json;
  };
  readonly failure?: { readonly kind: FailureKind; readonly message: string };
  /** From the moment it left until the answer was complete. */
  readonly milliseconds: number;
}

/**
 * True for a request that failed. What Entra sends must not be refused; a check of the rehearsal's own may be, as it asks for
 * what nobody has too.
 */
export function hasFailed({ by, response }: Pick<Exchange, 'by' | 'response'>): boolean {
  return !response || response.status >= (by === 'entra' ? 400 : 500);
}

/** What the body of an answer is, whatever its media type says. */
export type Content = 'json' | 'html' | 'text' | 'none';

/** An answer of the endpoint, of any status. */
export interface ScimResponse {
  readonly status: number;
  /** By lower-case name. */
  readonly headers: Readonly<Record<string, string>>;
  /** Parsed where it is JSON, else the text; undefined when there is none. */
  readonly body: Json | undefined;
  readonly content: Content;
  readonly milliseconds: number;
  readonly exchange: Exchange;
}

/** No answer came. */
export class TransportError extends Error {
  override readonly name = 'TransportError';

  constructor(
    readonly kind: FailureKind,
    message: string,
    readonly exchange: Exchange,
  ) {
    super(message);
  }
}

/** The kind of a failure by the code that Node gives it. What has no code of its own broke the connection. */
export function toFailureKind(error: Error & { readonly code?: string | undefined }): FailureKind {
  const code = error.code ?? '';
  if (/^(ENOTFOUND|EAI_)/.test(code)) return 'name-not-found';
  if (/^(ECONNREFUSED|EHOSTUNREACH|ENETUNREACH|EADDRNOTAVAIL)$/.test(code)) return 'connection-refused';
  if (code === 'ETIMEDOUT') return 'timed-out';
  if (/CERT|^ERR_TLS|^ERR_SSL|^EPROTO|SELF_SIGNED|^UNABLE_TO/.test(code)) return 'tls-failed';
  return 'connection-closed';
}
