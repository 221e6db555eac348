import { afterAll, beforeAll, beforeEach, describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { encodeCursor, headCursor, parseCursor, startCursor, verifyCursor } from '../../../src/domain/event/cursor.js';
import { countEvents, readEventPage } from '../../../src/domain/event/event-pages.js';
import { newId } from '../../../src/domain/kernel/id.js';
import { openTestDomain, type DomainDirectory, type TestDomain } from '../../support/domain.js';

let domain: TestDomain;
let directory: DomainDirectory;

beforeAll(async () => {
  domain = await openTestDomain();
});

beforeEach(async () => {
  directory = await domain.createDirectory();
});

afterAll(() => domain.close());

async function verify(cursor: string): Promise<void> {
  await verifyCursor(domain, directory.id, parseCursor(cursor, directory.id));
}

async function prune(upTo: number): Promise<void> {
  await directory.sql('delete from events where directory_id = $1 and sequence <= $2', upTo);
}

async function writeEvents(count: number): Promise<string[]> {
  for (let index = 0; index < count; index++) await directory.createUser(`user-${newId()}`);
  return (await directory.events()).map(encodeCursor);
}

describe('a cursor', () => {
  test('encodes any position of a log, and is valid in its own directory only', () => {
    const place = fc.record({
      directoryId: fc.uuid(),
      sequence: fc.integer({ min: 0, max: 2 ** 48 - 1 }),
      id: fc.uuid(),
    });
    fc.assert(
      fc.property(place, fc.uuid(), (one, otherDirectory) => {
        fc.pre(one.directoryId !== otherDirectory);
        const cursor = encodeCursor(one);
        expect(cursor).toMatch(/^[\w-]{1,64}$/);
        expect(parseCursor(cursor, one.directoryId).sequence).toBe(one.sequence);
        expect(() => parseCursor(cursor, otherDirectory)).toThrow(expect.objectContaining({ code: 'CURSOR_INVALID' }));
      }),
      { numRuns: 300 },
    );
  });

  test('distinguishes two events with the same sequence', () => {
    const place = { directoryId: newId(), sequence: 7 };
    const [left, right] = [newId(), newId()].map((id) => encodeCursor({ ...place, id }));
    expect(left).not.toBe(right);
  });

  test('is rejected when it is malformed', () => {
    const directoryId = newId();
    const cursor = encodeCursor({ directoryId, sequence: 7, id: newId() });
    const bytes = Buffer.from(cursor, 'base64url');
    const future = Buffer.from(bytes);
    future.writeUInt8(2, 0);
    const garbage = [
      '',
      '7',
      'garbage',
      cursor.slice(1),
      cursor.slice(0, -1),
      `${cursor}A`,
      `${cursor}=`,
      ` ${cursor}`,
      bytes.toString('base64') + '==',
      bytes.subarray(1).toString('base64url'),
      future.toString('base64url'),
      '\0'.repeat(26),
      '__proto__',
    ];
    for (const text of garbage) {
      expect(() => parseCursor(text, directoryId)).toThrow(expect.objectContaining({ code: 'CURSOR_INVALID' }));
    }
    fc.assert(
      fc.property(fc.string({ unit: 'binary' }), (text) => {
        expect(() => parseCursor(text, directoryId)).toThrow(expect.objectContaining({ code: 'CURSOR_INVALID' }));
      }),
    );
  });
});

describe('a position in the log', () => {
  test('is valid while its event exists', async () => {
    const cursors = await writeEvents(3);
    for (const cursor of [startCursor(directory.id), ...cursors]) await expect(verify(cursor)).resolves.toBeUndefined();
    expect(await headCursor(domain, directory.id)).toBe(cursors[2]);
  });

  test('before the first event is valid in an empty log', async () => {
    expect(await headCursor(domain, directory.id)).toBe(startCursor(directory.id));
    await expect(verify(startCursor(directory.id))).resolves.toBeUndefined();
  });

  test('of an unknown directory is NOT_FOUND', async () => {
    await expect(headCursor(domain, newId())).rejects.toMatchObject({ code: 'NOT_FOUND' });
  });

  test('is CURSOR_EXPIRED once the event has been pruned', async () => {
    const cursors = await writeEvents(5);
    await prune(3);
    const expired = { name: 'DomainError', code: 'CURSOR_EXPIRED' };
    for (const cursor of [startCursor(directory.id), ...cursors.slice(0, 3)]) {
      await expect(verify(cursor)).rejects.toMatchObject(expired);
    }
    for (const cursor of cursors.slice(3)) await expect(verify(cursor)).resolves.toBeUndefined();
    expect(await countEvents(domain, directory.id)).toBe(2);
  });

  test('is CURSOR_EXPIRED, not another history, when every event has been pruned', async () => {
    const cursors = await writeEvents(3);
    await prune(3);
    for (const cursor of [startCursor(directory.id), ...cursors]) {
      await expect(verify(cursor)).rejects.toMatchObject({ code: 'CURSOR_EXPIRED' });
    }
    expect(await countEvents(domain, directory.id)).toBe(0);
  });

  test('is CURSOR_FROM_ANOTHER_HISTORY when another event has its sequence, or the log ends before it', async () => {
    const cursors = await writeEvents(3);
    // Simulates a restored backup: the last two events are missing.
    await directory.sql('delete from events where directory_id = $1 and sequence > 1');
    await directory.sql('update directory_counters set sequence = 1 where directory_id = $1');
    const other = { name: 'DomainError', code: 'CURSOR_FROM_ANOTHER_HISTORY' };
    for (const cursor of cursors.slice(1)) await expect(verify(cursor)).rejects.toMatchObject(other);
    await expect(verify(cursors[0]!)).resolves.toBeUndefined();
    await writeEvents(4);
    for (const cursor of cursors.slice(1)) await expect(verify(cursor)).rejects.toMatchObject(other);
    await expect(verify(cursors[0]!)).resolves.toBeUndefined();
    // An event that never existed, with a sequence that is not used yet.
    const ahead = encodeCursor({ directoryId: directory.id, sequence: 999, id: newId() });
    await expect(verify(ahead)).rejects.toMatchObject(other);
  });
});

test('pages of the log follow each other without a gap, with and without a filter by type', async () => {
  const user = await directory.createUser('kim');
  for (let index = 0; index < 6; index++) await directory.updateUser(user.id, { active: index % 2 === 1 });
  const first = await readEventPage(domain, directory.id, undefined, 4);
  expect(first.rows.map(({ sequence }) => sequence)).toEqual([1, 2, 3, 4]);
  const position = parseCursor(encodeCursor(first.rows.at(-1)!), directory.id);
  const second = await readEventPage(domain, directory.id, position, 4);
  expect(second.rows.map(({ sequence }) => sequence)).toEqual([5, 6, 7]);
  expect([first.more, second.more]).toEqual([true, false]);
  const types = ['USER_DEPROVISIONED'] as const;
  expect((await readEventPage(domain, directory.id, undefined, 9, types)).rows.map(({ sequence }) => sequence)).toEqual(
    [2, 4, 6],
  );
  expect(await countEvents(domain, directory.id)).toBe(7);
  expect(await countEvents(domain, directory.id, types)).toBe(3);
});
