import type { FaultName } from './faults.js';
import { DESK_URN, Refusal, isObject, keyOf, type Wire } from './wire.js';

/** The canonical values of `badge`. */
export const BADGES = ['green', 'amber'] as const;

type Check = (value: Wire) => boolean;

/** Checks the values of the server's own extension. */
const CHECKS: Readonly<Record<string, Check>> = {
  badge: (value) => BADGES.includes(value),
  // It may be stored as text.
  floor: (value) => Number.isInteger(Number(value)),
  extension: Number.isInteger,
  share: Number.isFinite,
  remote: (value) => typeof value === 'boolean',
  movedIn: isDateTime,
  assignedAt: isDateTime,
};

function isDateTime(value: Wire): boolean {
  return typeof value === 'string' && !Number.isNaN(Date.parse(value));
}

/**
 * Rejects invalid values of the extension, and writes times with milliseconds.
 *
 * @param others all other users: a telephone extension is unique
 */
export function keepDesk(user: Wire, before: Wire, others: readonly Wire[], faults: ReadonlySet<FaultName>): void {
  const desk = deskOf(user);
  if (!desk) return;
  for (const [name, isRight] of Object.entries(CHECKS)) {
    if (desk[name] === undefined) continue;
    if (!isRight(desk[name])) throw new Refusal(400, `${name} is not ${String(desk[name])}`, 'invalidValue');
    if (isRight === isDateTime) desk[name] = new Date(desk[name]).toISOString();
  }
  const was = deskOf(before)?.assignedAt;
  if (was !== undefined && was !== desk.assignedAt) throw new Refusal(400, 'assignedAt stays', 'mutability');
  const isTaken = others.some((one) => desk.extension !== undefined && deskOf(one)?.extension === desk.extension);
  if (isTaken) throw new Refusal(409, 'the extension is taken', 'uniqueness');
  if (faults.has('numbers-kept-as-text') && desk.floor !== undefined) desk.floor = String(desk.floor);
}

function deskOf(user: Wire): Wire {
  const desk = user?.[keyOf(user ?? {}, DESK_URN)];
  return isObject(desk) ? desk : undefined;
}
