/** The largest request body, in bytes. A larger one is refused with 413 before it is read to the end. */
export const MAX_BODY_BYTES = 5 * 1024 * 1024;

/** The most resources in one list response; `count` above it is cut, as RFC 7644 §3.4.2.4 allows. */
export const MAX_PAGE = 200;

/** How many resources a list response holds when the request does not say `count`. */
export const DEFAULT_PAGE = 100;
