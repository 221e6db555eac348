import { readFileSync } from 'node:fs';
import { basename, join } from 'node:path';
import { expect, test } from '@jest/globals';

/*
 * Each row of docs/scim-conformance.md is declared by one of these functions: with the test that shows it, or with the
 * reason why there is no test. The document is generated from these declarations, and every test file compares its
 * declarations with the document.
 */

/** `SHALL` and `REQUIRED` are a MUST, `RECOMMENDED` is a SHOULD (RFC 2119). */
export type Level = 'MUST' | 'SHOULD';

type Show = () => Promise<void>;

interface Row {
  readonly id: string;
  readonly level: string;
  readonly says: string;
  readonly status: string;
}

const registered: Row[] = [];

/** Declares a requirement that the provider meets. The test fails when it does not. */
export function requirement(id: string, level: Level, says: string, show: Show): void {
  registered.push({ id, level, says, status: 'shown' });
  test(`${id} ${says}`, asserting(show));
}

/**
 * Declares an intentional deviation.
 *
 * @param instead the actual behaviour and its reason
 * @param show fails when the behaviour changes
 */
export function deviation(id: string, level: Level, says: string, instead: string, show: Show): void {
  registered.push({ id, level, says, status: 'deviation' });
  test(`${id} (deviation) ${instead}`, asserting(show));
}

/**
 * Declares a requirement that the provider does not meet yet. A release has none.
 *
 * @public
 * @param missing the missing behaviour
 * @param show the test that will show it: it is expected to fail, and reports an error once the row can be a `requirement`
 */
export function open(id: string, level: Level, says: string, missing: string, show?: Show): void {
  registered.push({ id, level, says, status: 'open' });
  if (show) test.failing(`${id} (open: ${missing}) ${says}`, show);
  else test.todo(`${id} (open: ${missing}) ${says}`);
}

/** Declares a requirement for another party, or one whose condition never holds here. */
export function notOurs(id: string, level: Level, says: string, reason: string): void {
  if (reason === '') throw new Error(`${id} needs a reason`);
  registered.push({ id, level, says, status: 'not ours' });
}

function asserting(show: Show): Show {
  return async () => {
    expect.hasAssertions();
    await show();
  };
}

const ROW =
  /^\| (?<id>\d{4}-[\d.]+-\d{2}) +\| (?<level>\S+) +\| (?<says>.*?) +\| (?<status>[a-z ]*?) +\| (?<by>.*) \|$/;

/** Reads the rows of docs/scim-conformance.md; `by` names the test file. */
export function readDocument(): Array<Row & { readonly by: string }> {
  const text = readFileSync(join(process.cwd(), 'docs/scim-conformance.md'), 'utf8');
  return text.split('\n').flatMap((line) => {
    const groups = ROW.exec(line)?.groups;
    if (!groups) return [];
    const { id = '', level = '', says = '', status = '', by = '' } = groups;
    return [{ id, level, says: says.replaceAll('\\', ''), status, by }];
  });
}

test('docs/scim-conformance.md matches the declarations of this file', () => {
  const file = basename(expect.getState().testPath ?? '');
  const documented = readDocument()
    .filter(({ by }) => by.includes(`rfc/${file})`))
    .map(({ by: _by, ...row }) => row);
  const here = registered.map((row) => ({ ...row, says: row.says.replaceAll('\\', '') }));
  const byId = (a: Row, b: Row): number => a.id.localeCompare(b.id);
  expect(documented.sort(byId)).toEqual(here.sort(byId));
});
