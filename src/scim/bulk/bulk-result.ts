import type { JsonObject } from '../../domain/kernel/json.js';
import { toErrorResource } from '../protocol/errors.js';
import type { BulkOperation } from './bulk-request.js';

/** What became of one operation. */
export interface Result {
  readonly status: number;
  readonly location?: string;
  readonly version?: string;
  readonly response?: JsonObject;
}

/** The result of an operation that was refused or failed, with the error resource of RFC 7644 §3.12. */
export function failure(error: unknown): Result {
  const { status, body } = toErrorResource(error);
  return { status, response: { ...body } };
}

/** A result as RFC 7644 §3.7.3 represents it in the response. */
export function toResultResource(
  { method, bulkId }: BulkOperation,
  { status, location, version, response }: Result,
): JsonObject {
  return {
    ...(location !== undefined && { location }),
    method,
    ...(bulkId !== undefined && { bulkId }),
    ...(version !== undefined && { version }),
    status: String(status),
    ...(response && { response }),
  };
}
