import { parseAttributePath, valueAt, type Draft } from '../../client/attribute-path.js';
import { canSearch, idOf, match } from '../session/entra-requests.js';
import type { Dialect } from '../dialect/patch-writer.js';
import { isSame } from '../session/expected-state.js';
import { isReference, matchingRows, type MappingRow } from '../../profile/profile.js';
import type { Session } from '../session/session.js';
import {
  LOWER_CASE_OPS,
  createProbeUser,
  discard,
  findsNewUsers,
  runProbe,
  type Fallback,
  type FailureRules,
  type ProbeUser,
} from './probe.js';

const REFUSED: FailureRules = { refused: 'patch-refused', ignored: 'patch-ignored' };

const WITH_PATH: Fallback = {
  deviation: 'pathless-replace',
  refused: 'pathless-replace-refused',
  ignored: 'pathless-replace-ignored',
};

const DOTTED: Fallback = {
  deviation: 'dotted-keys',
  refused: 'dotted-keys-refused',
  ignored: 'dotted-keys-ignored',
};

const EXTENSION: Fallback = {
  deviation: 'extension-keys',
  refused: 'extension-keys-refused',
  ignored: 'extension-keys-misplaced',
};

/** The rows that differ in how their path is written, one of each kind as far as the mapping has them. */
interface Kinds {
  /** `displayName` */
  readonly plain: MappingRow | undefined;
  /** `name.givenName` */
  readonly dotted: MappingRow | undefined;
  /** `urn:…:User:department` */
  readonly extension: MappingRow | undefined;
  /** Another plain one, for a user that has no value there yet. */
  readonly added: MappingRow | undefined;
}

/** Changes of single attributes: with a path or without, of the core and of an extension, new and old, and a rename. */
export async function probeAttributes(session: Session, dialect: Dialect): Promise<void> {
  const kinds = toKinds(session);
  const isFlagged = session.writerFor(dialect).isFlagged;
  const first = kinds.plain ?? kinds.dotted ?? kinds.extension;
  if (first) {
    const ways = isFlagged ? [...(first === kinds.plain ? [] : [DOTTED, EXTENSION]), WITH_PATH] : [LOWER_CASE_OPS];
    const works = await probeReplacement(session, dialect, first, REFUSED, ways);
    if (works === false) {
      session.unsupported.add('patch');
      return;
    }
  }
  if (kinds.dotted && kinds.dotted !== first && isFlagged) {
    await probeReplacement(session, dialect, kinds.dotted, REFUSED, [DOTTED, WITH_PATH]);
  }
  if (kinds.extension && !session.unsupported.has('extension-paths')) {
    const rules: FailureRules = { refused: 'enterprise-path-refused', ignored: 'enterprise-path-misplaced' };
    const ways = isFlagged ? [EXTENSION] : [LOWER_CASE_OPS];
    const works = await probeReplacement(session, dialect, kinds.extension, rules, ways);
    if (works === false) session.unsupported.add('extension-paths');
  }
  if (kinds.added) await probeAddition(session, dialect, kinds.added);
  await session.attempt(() => probeRename(session, dialect));
}

function toKinds(session: Session): Kinds {
  const rows = session.profile.users.filter((row) => {
    const { path, type, matching, constant } = row;
    const isFree = matching === undefined && constant === undefined && !isReference(row);
    return isFree && type === 'String' && path !== 'externalId' && !session.ledger.unreliablePaths.has(path);
  });
  const isOfExtension = ({ path }: MappingRow) => path.startsWith('urn:');
  const core = rows.filter((row) => !isOfExtension(row) && !row.path.includes('['));
  const plain = core.filter(({ path }) => !path.includes('.') && path !== 'roles' && path !== 'emails');
  return {
    plain: plain[0],
    dotted: core.find(({ path }) => path.includes('.')),
    extension: rows.find((row) => isOfExtension(row) && !row.path.includes('[')),
    added: plain.at(-1),
  };
}

/** @returns undefined when it could not be tried at all */
async function probeReplacement(
  session: Session,
  dialect: Dialect,
  { path }: MappingRow,
  rules: FailureRules,
  fallbacks: readonly Fallback[],
): Promise<boolean | undefined> {
  return session.attempt(async () => {
    const user = await createProbeUser(session);
    const { works } = await probeValue(session, dialect, user, path, `change ${path}`, rules, fallbacks);
    await discard(session, '/Users', user.id);
    return works;
  });
}

/** Adds a value to an attribute that has none. */
async function probeAddition(session: Session, dialect: Dialect, { path }: MappingRow): Promise<void> {
  await session.attempt(async () => {
    const user = await createProbeUser(session, (body: Draft) => {
      const { attribute } = parseAttributePath(path) ?? { attribute: path };
      body[attribute] = undefined;
    });
    const rules: FailureRules = { refused: 'add-refused', ignored: 'add-refused' };
    await probeValue(session, dialect, user, path, `add ${path}`, rules, [LOWER_CASE_OPS], true);
    await discard(session, '/Users', user.id);
  });
}

async function probeValue(
  session: Session,
  dialect: Dialect,
  { id, others }: ProbeUser,
  path: string,
  step: string,
  rules: FailureRules,
  fallbacks: readonly Fallback[],
  isNew = false,
): Promise<{ readonly works: boolean }> {
  const writer = session.writerFor(dialect);
  const value = others[path] ?? '';
  const probe = {
    collection: '/Users' as const,
    step,
    dialect,
    id,
    operations: () => writer.toChange([{ path, value, isNew }]),
    isDone: (after: Parameters<typeof valueAt>[0]) => isSame(value, valueAt(after, path)),
    expected: `200 or 204, then ${path}: ${JSON.stringify(value)}`,
    show: (after: Parameters<typeof valueAt>[0]) => valueAt(after, path),
  };
  return runProbe(
    session,
    probe,
    rules,
    fallbacks.filter((one) => isOfDialect(one, writer.isFlagged)),
  );
}

function isOfDialect({ deviation }: Fallback, isFlagged: boolean): boolean {
  return (deviation === 'capital-ops') !== isFlagged;
}

/** A new value of the attribute that Entra matches by, under which the user must then be found. */
async function probeRename(session: Session, dialect: Dialect): Promise<void> {
  const [row] = matchingRows(session.profile.users);
  if (!row || session.ledger.unreliablePaths.has(row.path)) return;
  const user = await createProbeUser(session);
  const { works } = await probeValue(session, dialect, user, row.path, `rename by ${row.path}`, REFUSED, [
    WITH_PATH,
    LOWER_CASE_OPS,
  ]);
  if (works && canSearch(session, '/Users')) {
    const { found, response } = await match(session, '/Users', user.others, 'check');
    if (!found.some((one) => idOf(one) === user.id) && (await findsNewUsers(session))) {
      const expected = `found by ${row.path} ${JSON.stringify(user.others[row.path])}`;
      const step = `rename by ${row.path}`;
      session.report('rename-not-found', response, step, expected, 'nobody is found', { dialect });
    }
  }
  await discard(session, '/Users', user.id);
}
