import { MAX_ELEMENTS, MAX_TEXT_LENGTH } from '../../domain/attributes/parse-value.js';

/** How large a filter may be before it is refused. Reading one takes time in proportion to its length. */
export interface FilterLimits {
  /** UTF-16 code units of the text. */
  readonly length: number;
  /** Parentheses and brackets inside each other. */
  readonly depth: number;
  /** Comparisons and `pr` tests altogether. */
  readonly comparisons: number;
}

/** Far above what Entra sends (two comparisons), far below what would cost anything to answer. */
export const FILTER_LIMITS: FilterLimits = { length: 10_000, depth: 50, comparisons: 200 };

/** The limits on the size of requests and responses. A request that exceeds one is refused, never truncated. */
export interface ScimLimits {
  /** Bytes of the decompressed body, also of a Bulk request. If exceeded: 413. */
  readonly bodyBytes: number;
  /** If exceeded: 400 invalidFilter. */
  readonly filter: FilterLimits;
  /** Operations of one PATCH. If exceeded: 400 tooMany. */
  readonly patchOperations: number;
  /** Members of groups and elements of all other arrays of one request, in total. If exceeded: 400 tooMany. */
  readonly requestMembers: number;
  /** Elements of one attribute in a request, except the members of a group. If exceeded: 400 tooMany. */
  readonly elements: number;
  /** Attributes in one object of a request, declared or not. If exceeded: 400 tooMany. */
  readonly attributes: number;
  /** Characters of one string. If exceeded: 400 invalidValue. */
  readonly attributeLength: number;
  /** Operations of one Bulk request. If exceeded: 413. */
  readonly bulkOperations: number;
  /**
   * Members of all groups in one list response. If exceeded: 400 tooMany. A single group is always returned in full.
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
