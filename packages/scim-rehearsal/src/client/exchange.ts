import type { Json } from './json.js';

/**
 * The purpose of a request. `entra`: Entra would send it, and it counts in the latency figures; `check`: the rehearsal verifies
 * something; `removal`: the rehearsal deletes what it created, also after it was told to stop.
 */
export type Initiator = 'entra' | 'check' | 'removal';

/** Why no response arrived. */
export type FailureKind = 'name-not-found' | 'connection-refused' | 'connection-closed' | 'timed-out' | 'tls-failed';

/** An HTTP request and its response, without the token. */
export interface Exchange {
  /** The number of the request in the run, from 1. */
  readonly number: number;
  /** The step that sent the request, such as `match user`. Latency figures are grouped by it. */
  readonly step: string;
  readonly by: Initiator;
  readonly method: string;
  readonly url: string;
  readonly request: { readonly headers: Readonly<Record<string, string>>; readonly body?: Json };
  /** Undefined when none arrived. */
  readonly response?: {
    readonly status: number;
    readonly headers: Readonly<Record<string, string>>;
    /** Parsed if it is JSON, else the text; undefined when empty. */
    readonly body?: Json;
  };
  readonly failure?: { readonly kind: FailureKind; readonly message: string };
  /** The time from sending the request to the end of the response. */
  readonly milliseconds: number;
}

/**
 * True for a request that failed. Entra's requests must succeed; a check may be answered with 4xx, since it also asks for
 * objects that do not exist.
 */
export function hasFailed({ by, response }: Pick<Exchange, 'by' | 'response'>): boolean {
  return !response || response.status >= (by === 'entra' ? 400 : 500);
}

/** The format of a response body, regardless of its media type. */
export type Content = 'json' | 'html' | 'text' | 'none';

/** A response of the endpoint, of any status. */
export interface ScimResponse {
  readonly status: number;
  /** By lower-case name. */
  readonly headers: Readonly<Record<string, string>>;
  /** Parsed if it is JSON, else the text; undefined when empty. */
  readonly body: Json | undefined;
  readonly content: Content;
  readonly milliseconds: number;
  readonly exchange: Exchange;
}

/** No response arrived. */
export class TransportError extends Error {
  override readonly name = 'TransportError';
  readonly isUnanswered = true;

  constructor(
    readonly kind: FailureKind,
    message: string,
    readonly exchange: Exchange,
  ) {
    super(message);
  }
}

/** True for errors that leave open whether the endpoint processed the request. */
export function isUnanswered(error: unknown): boolean {
  return error instanceof Error && 'isUnanswered' in error && error.isUnanswered === true;
}

/** Classifies a network error by Node's error code. An error without a known code broke the connection. */
export function toFailureKind(error: Error & { readonly code?: string | undefined }): FailureKind {
  const code = error.code ?? '';
  if (/^(ENOTFOUND|EAI_)/.test(code)) return 'name-not-found';
  if (/^(ECONNREFUSED|EHOSTUNREACH|ENETUNREACH|EADDRNOTAVAIL)$/.test(code)) return 'connection-refused';
  if (code === 'ETIMEDOUT') return 'timed-out';
  if (/CERT|^ERR_TLS|^ERR_SSL|^EPROTO|SELF_SIGNED|^UNABLE_TO/.test(code)) return 'tls-failed';
  return 'connection-closed';
}
