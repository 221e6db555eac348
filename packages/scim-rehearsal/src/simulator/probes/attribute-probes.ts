import { parseAttributePath, valueAt, type Draft } from '../../client/attribute-path.js';
import { canSearch, idOf, match } from '../session/entra-requests.js';
import type { Dialect } from '../dialect/patch-writer.js';
import { isSame } from '../session/expected-state.js';
import { isReference, matchingRows, type MappingRow } from '../../profile/profile.js';
import type { Session } from '../session/session.js';
import {
  LOWER_CASE,
  createTrialUser,
  discard,
  findsNewcomers,
  tryChange,
  type Alternative,
  type Blame,
  type TrialUser,
} from './probe.js';

const REFUSED: Blame = { refused: 'patch-refused', ignored: 'patch-ignored' };

const WITH_PATH: Alternative = {
  deviation: 'pathless-replace',
  refused: 'pathless-replace-refused',
  ignored: 'pathless-replace-ignored',
};

const DOTTED: Alternative = {
  deviation: 'dotted-keys',
  refused: 'dotted-keys-refused',
  ignored: 'dotted-keys-ignored',
};

const EXTENSION: Alternative = {
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
export async function tryAttributes(session: Session, dialect: Dialect): Promise<void> {
  const kinds = toKinds(session);
  const isFlagged = session.writerOf(dialect).isFlagged;
  const first = kinds.plain ?? kinds.dotted ?? kinds.extension;
  if (first) {
    const ways = isFlagged ? [...(first === kinds.plain ? [] : [DOTTED, EXTENSION]), WITH_PATH] : [LOWER_CASE];
    const works = await tryReplacement(session, dialect, first, REFUSED, ways);
    if (works === false) {
      session.unable.add('patch');
      return;
    }
  }
  if (kinds.dotted && kinds.dotted !== first && isFlagged) {
    await tryReplacement(session, dialect, kinds.dotted, REFUSED, [DOTTED, WITH_PATH]);
  }
  if (kinds.extension && !session.unable.has('extension-paths')) {
    const blame: Blame = { refused: 'enterprise-path-refused', ignored: 'enterprise-path-misplaced' };
    const ways = isFlagged ? [EXTENSION] : [LOWER_CASE];
    const works = await tryReplacement(session, dialect, kinds.extension, blame, ways);
    if (works === false) session.unable.add('extension-paths');
  }
  if (kinds.added) await tryAddition(session, dialect, kinds.added);
  await session.attempt(() => tryRename(session, dialect));
}

function toKinds(session: Session): Kinds {
  const rows = session.profile.users.filter((row) => {
    const { path, type, matching, constant } = row;
    const isFree = matching === undefined && constant === undefined && !isReference(row);
    return isFree && type === 'String' && path !== 'externalId' && !session.ledger.doubtful.has(path);
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
async function tryReplacement(
  session: Session,
  dialect: Dialect,
  { path }: MappingRow,
  blame: Blame,
  alternatives: readonly Alternative[],
): Promise<boolean | undefined> {
  return session.attempt(async () => {
    const user = await createTrialUser(session);
    const { works } = await tryValue(session, dialect, user, path, `change ${path}`, blame, alternatives);
    await discard(session, '/Users', user.id);
    return works;
  });
}

/** Adds a value to an attribute that has none. */
async function tryAddition(session: Session, dialect: Dialect, { path }: MappingRow): Promise<void> {
  await session.attempt(async () => {
    const user = await createTrialUser(session, (body: Draft) => {
      const { attribute } = parseAttributePath(path) ?? { attribute: path };
      body[attribute] = undefined;
    });
    const blame: Blame = { refused: 'add-refused', ignored: 'add-refused' };
    await tryValue(session, dialect, user, path, `add ${path}`, blame, [LOWER_CASE], true);
    await discard(session, '/Users', user.id);
  });
}

async function tryValue(
  session: Session,
  dialect: Dialect,
  { id, others }: TrialUser,
  path: string,
  step: string,
  blame: Blame,
  alternatives: readonly Alternative[],
  isNew = false,
): Promise<{ readonly works: boolean }> {
  const writer = session.writerOf(dialect);
  const value = others[path] ?? '';
  const trial = {
    collection: '/Users' as const,
    step,
    dialect,
    id,
    operations: () => writer.toChange([{ path, value, isNew }]),
    isDone: (after: Parameters<typeof valueAt>[0]) => isSame(value, valueAt(after, path)),
    expected: `200 or 204, then ${path}: ${JSON.stringify(value)}`,
    show: (after: Parameters<typeof valueAt>[0]) => valueAt(after, path),
  };
  return tryChange(
    session,
    trial,
    blame,
    alternatives.filter((one) => isOfDialect(one, writer.isFlagged)),
  );
}

function isOfDialect({ deviation }: Alternative, isFlagged: boolean): boolean {
  return (deviation === 'capital-ops') !== isFlagged;
}

/** A new value of the attribute that Entra matches by, under which the user must then be found. */
async function tryRename(session: Session, dialect: Dialect): Promise<void> {
  const [row] = matchingRows(session.profile.users);
  if (!row || session.ledger.doubtful.has(row.path)) return;
  const user = await createTrialUser(session);
  const { works } = await tryValue(session, dialect, user, row.path, `rename by ${row.path}`, REFUSED, [
    WITH_PATH,
    LOWER_CASE,
  ]);
  if (works && canSearch(session, '/Users')) {
    const { found, answer } = await match(session, '/Users', user.others, 'check');
    if (!found.some((one) => idOf(one) === user.id) && (await findsNewcomers(session))) {
      const expected = `found by ${row.path} ${JSON.stringify(user.others[row.path])}`;
      const step = `rename by ${row.path}`;
      session.tell('rename-not-found', answer, step, expected, 'nobody is found', { dialect });
    }
  }
  await discard(session, '/Users', user.id);
}
