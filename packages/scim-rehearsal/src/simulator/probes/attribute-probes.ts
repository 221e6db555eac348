import { parseAttributePath, valueAt, type Draft } from '../../client/attribute-path.js';
import { idOf } from '../../client/resource.js';
import { isSameValue } from '../../client/value-equality.js';
import { isReference, matchingRows, type MappingRow } from '../../profile/profile.js';
import type { Dialect } from '../dialect/dialect.js';
import { canSearch, match } from '../session/matching.js';
import type { Session } from '../session/session.js';
import {
  LOWER_CASE_OPS,
  createProbeUser,
  discard,
  findsNewUsers,
  runProbe,
  type FailureRules,
  type Fallback,
  type Probe,
  type ProbeUser,
} from './probe.js';

const PATCH_RULES: FailureRules = { refused: 'patch-refused', ignored: 'patch-ignored' };

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

/** Rows with different kinds of paths: one of each kind that the profile contains. */
interface RowKinds {
  /** `displayName` */
  readonly plain: MappingRow | undefined;
  /** `name.givenName` */
  readonly dotted: MappingRow | undefined;
  /** `urn:…:User:department` */
  readonly extension: MappingRow | undefined;
  /** A plain one, for a user without a value. */
  readonly added: MappingRow | undefined;
}

/** Probes changes of single attributes, core and extension, new and existing, and a change of the matching attribute. */
export async function probeAttributes(session: Session, dialect: Dialect): Promise<void> {
  const kinds = selectRows(session);
  const isFlagged = session.writerFor(dialect).isFlagged;
  const first = kinds.plain ?? kinds.dotted ?? kinds.extension;
  if (first) {
    const flagged = [...(first === kinds.plain ? [] : [DOTTED, EXTENSION]), WITH_PATH];
    const fallbacks = isFlagged ? flagged : [LOWER_CASE_OPS];
    const works = await probeReplacement(session, dialect, first, PATCH_RULES, fallbacks);
    if (works === false) {
      session.unsupported.add('patch');
      return;
    }
  }
  if (kinds.dotted && kinds.dotted !== first && isFlagged) {
    await probeReplacement(session, dialect, kinds.dotted, PATCH_RULES, [DOTTED, WITH_PATH]);
  }
  if (kinds.extension && !session.unsupported.has('extension-paths')) {
    const rules: FailureRules = { refused: 'enterprise-path-refused', ignored: 'enterprise-path-misplaced' };
    const fallbacks = isFlagged ? [EXTENSION] : [LOWER_CASE_OPS];
    const works = await probeReplacement(session, dialect, kinds.extension, rules, fallbacks);
    if (works === false) session.unsupported.add('extension-paths');
  }
  if (kinds.added) await probeAddition(session, dialect, kinds.added);
  await session.attempt(() => probeRename(session, dialect));
}

function selectRows(session: Session): RowKinds {
  const rows = session.profile.users.filter((row) => {
    const { path, type, matching, constant } = row;
    const isChangeable = matching === undefined && constant === undefined && !isReference(row);
    return isChangeable && type === 'String' && path !== 'externalId' && !session.expected.unreliablePaths.has(path);
  });
  const isExtension = ({ path }: MappingRow) => path.startsWith('urn:');
  const core = rows.filter((row) => !isExtension(row) && !row.path.includes('['));
  const plain = core.filter(({ path }) => !path.includes('.') && path !== 'roles' && path !== 'emails');
  return {
    plain: plain[0],
    dotted: core.find(({ path }) => path.includes('.')),
    extension: rows.find((row) => isExtension(row) && !row.path.includes('[')),
    added: plain.at(-1),
  };
}

/** @returns undefined if the probe could not be run */
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

/** Adds a value to an attribute without one. */
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
  { id, newValues }: ProbeUser,
  path: string,
  step: string,
  rules: FailureRules,
  fallbacks: readonly Fallback[],
  isNew = false,
): Promise<{ readonly works: boolean }> {
  const writer = session.writerFor(dialect);
  const value = newValues[path] ?? '';
  const probe: Probe = {
    collection: '/Users',
    step,
    dialect,
    id,
    operations: () => writer.toChange([{ path, value, isNew }]),
    isDone: (after) => isSameValue(value, valueAt(after, path)),
    expected: `200 or 204, then ${path}: ${JSON.stringify(value)}`,
    show: (after) => valueAt(after, path),
  };
  const applicable = fallbacks.filter(({ deviation }) => (deviation === 'capital-ops') !== writer.isFlagged);
  return runProbe(session, probe, rules, applicable);
}

/** Changes the matching attribute. A search must then find the user by the new value. */
async function probeRename(session: Session, dialect: Dialect): Promise<void> {
  const [row] = matchingRows(session.profile.users);
  if (!row || session.expected.unreliablePaths.has(row.path)) return;
  const user = await createProbeUser(session);
  const { works } = await probeValue(session, dialect, user, row.path, `rename by ${row.path}`, PATCH_RULES, [
    WITH_PATH,
    LOWER_CASE_OPS,
  ]);
  if (works && canSearch(session, '/Users')) {
    const { found, response } = await match(session, '/Users', user.newValues, 'check');
    if (!found.some((one) => idOf(one) === user.id) && (await findsNewUsers(session))) {
      const expected = `found by ${row.path} ${JSON.stringify(user.newValues[row.path])}`;
      const step = `rename by ${row.path}`;
      session.report('rename-not-found', response, step, expected, 'no user', { dialect });
    }
  }
  await discard(session, '/Users', user.id);
}
