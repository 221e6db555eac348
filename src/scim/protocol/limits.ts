import { MAX_ELEMENTS, MAX_TEXT_LENGTH } from '../../domain/attributes/parse-value.js';

/** The limits on a filter. The time to parse a filter is proportional to its length. */
export interface FilterLimits {
  /** The maximum length in UTF-16 code units. */
  readonly length: number;
  /** The maximum nesting of parentheses and brackets. */
  readonly depth: number;
  /** The maximum number of comparisons, including `pr`. */
  readonly comparisons: number;
}

/** Far above what Entra sends (two comparisons), and low enough for fast processing in the worst case. */
export const FILTER_LIMITS: FilterLimits = { length: 10_000, depth: 50, comparisons: 200 };

/** The limits on the size of requests and responses. A request that exceeds one is refused, never truncated. */
export interface ScimLimits {
  /** The maximum size of the decompressed body in bytes, also of a Bulk request. If exceeded: 413. */
  readonly bodyBytes: number;
  /** The limits on a filter. If exceeded: 400 invalidFilter. */
  readonly filter: FilterLimits;
  /** The maximum number of operations in a PATCH. If exceeded: 400 tooMany. */
  readonly patchOperations: number;
  /**
   * The maximum number of members of groups and elements of all other arrays in a request, in total. If exceeded: 400
   * tooMany.
   */
  readonly requestMembers: number;
  /**
   * The maximum number of elements of an attribute in a request, except the members of a group. If exceeded: 400
   * tooMany.
   */
  readonly elements: number;
  /** The maximum number of attributes in an object of a request, declared or not. If exceeded: 400 tooMany. */
  readonly attributes: number;
  /** The maximum number of characters of a string. If exceeded: 400 invalidValue. */
  readonly attributeLength: number;
  /** The maximum number of operations in a Bulk request. If exceeded: 413. */
  readonly bulkOperations: number;
  /**
   * The maximum number of members of all groups in a list response. If exceeded: 400 tooMany. A single group is always
   * returned in full.
   */
  readonly responseMembers: number;
}

/** Far above what known clients send. Processing the worst case takes less than 100 ms (`bench/limits.mjs`). */
export const DEFAULT_LIMITS: ScimLimits = {
  bodyBytes: 5 * 1024 * 1024,
  filter: FILTER_LIMITS,
  patchOperations: 1_000,
  requestMembers: 10_000,
  elements: MAX_ELEMENTS,
  attributes: 1_000,
  attributeLength: MAX_TEXT_LENGTH,
  bulkOperations: 1_000,
  responseMembers: 1_000_000,
};

/** The maximum number of resources in a list response. RFC 7644 §3.4.2.4 lets a provider return fewer than `count`. */
export const MAX_PAGE = 200;

/** The number of resources in a list response if the request has no `count`. */
export const DEFAULT_PAGE = 100;
