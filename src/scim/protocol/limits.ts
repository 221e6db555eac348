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

/** How large a request may be. What is beyond is refused, never cut. */
export interface ScimLimits {
  /** Bytes of the body, unpacked; of a Bulk request too. Beyond: 413. */
  readonly bodyBytes: number;
  /** Beyond: 400 invalidFilter. */
  readonly filter: FilterLimits;
  /** Operations of one PATCH. Beyond: 400 tooMany. */
  readonly patchOperations: number;
  /** Members of groups, and elements of any other list, in one request altogether. Beyond: 400 tooMany. */
  readonly requestMembers: number;
  /** Elements that a request names for one attribute; members of a group are no elements. Beyond: 400 tooMany. */
  readonly elements: number;
  /** Attributes that one object of a request names, known or not. Beyond: 400 tooMany. */
  readonly attributes: number;
  /** Characters of one text. Beyond: 400 invalidValue. */
  readonly attributeLength: number;
  /** Operations of one Bulk request. Beyond: 413. */
  readonly bulkOperations: number;
  /** Members that one list shows, of all its groups together. Beyond: 400 tooMany. One group alone is shown whole. */
  readonly responseMembers: number;
}

/** Far above what any known client sends; to read and decide the worst costs less than 100 ms (`bench/limits.mjs`). */
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

/** The most resources in one list response; `count` above it is cut, as RFC 7644 §3.4.2.4 allows. */
export const MAX_PAGE = 200;

/** How many resources a list response holds when the request does not say `count`. */
export const DEFAULT_PAGE = 100;
