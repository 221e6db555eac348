/**
 * The time, in milliseconds, that a test waits for an expected event before it is considered to hang. It is not a limit on
 * speed: a busy machine may take minutes. `testTimeout` in jest.config.js is longer, so that the failed wait is reported.
 */
export const HANG_TIMEOUT = 180_000;
