/**
 * How long a test waits for what is sure to come, in milliseconds. It is a limit for what hangs and says nothing about
 * speed: a machine that does much else may take minutes. `testTimeout` in jest.config.js is longer, so that the wait
 * that failed is named.
 */
export const HANG_TIMEOUT = 180_000;
