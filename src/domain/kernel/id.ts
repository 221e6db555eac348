import { randomFillSync } from 'node:crypto';

const POOL = Buffer.alloc(4096);
let used = POOL.length;
let lastTime = 0;
let counter = 0;

/** Returns the time in milliseconds since 1970. Tests pass their own. */
export type Clock = () => number;

/**
 * Generates a UUIDv7 (RFC 9562 §5.7). Later ids sort later, strictly so within one process: this keeps B-trees compact
 * and makes the order of ids the order of creation.
 */
export function newId(clock: Clock = Date.now): string {
  const time = clock();
  if (time > lastTime) {
    lastTime = time;
    counter = 0;
  } else if (++counter > 0xfff) {
    lastTime++;
    counter = 0;
  }
  if (used + 8 > POOL.length) {
    randomFillSync(POOL);
    used = 0;
  }
  const random = POOL.toString('hex', used, used + 8);
  used += 8;
  const stamp = lastTime.toString(16).padStart(12, '0');
  const variant = (8 + (Number.parseInt(random.charAt(0), 16) & 3)).toString(16);
  return (
    `${stamp.slice(0, 8)}-${stamp.slice(8)}-7${counter.toString(16).padStart(3, '0')}-` +
    `${variant}${random.slice(1, 4)}-${random.slice(4)}`
  );
}

const UUID = /^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/i;

/** Returns true for the text form of a UUID, in any case. Any other text cannot be an id and must not reach SQL. */
export function isId(text: string): boolean {
  return UUID.test(text);
}
