import {
  elementsAt,
  parseAttributePath,
  valueAt,
  type AttributePath,
  type Draft,
} from '../../client/attribute-path.js';
import type { Dialect, Operation } from '../dialect/patch-writer.js';
import type { RuleId } from '../rules/finding.js';
import { isObject, toList, type Json } from '../../client/json.js';
import { isSame } from '../session/expected-state.js';
import type { MappingRow } from '../../profile/profile.js';
import type { Session } from '../session/session.js';
import { LOWER_CASE, createTrialUser, discard, tellTrial, tryChange, type Blame, type Trial } from './probe.js';

/** A path such as `emails[type eq "work"].value`, taken apart. */
interface Element {
  readonly path: string;
  readonly attribute: string;
  readonly type: string;
  readonly sub: string;
  /** Another type, of which an element stands beside it. */
  readonly otherType: string;
}

/**
 * Changes of one element of a list by a filter in the path: of one that is there, of one that is not, and where there is no
 * list at all. Entra expects what is missing to be created, and the others to be left alone.
 */
export async function tryElements(session: Session, dialect: Dialect): Promise<void> {
  const element = findElement(session);
  if (!element || session.unable.has('filtered-paths')) return;
  await session.attempt(() => replaceElement(session, dialect, element));
  if (session.unable.has('filtered-paths')) return;
  const isNewDone = (await session.attempt(() => createByReplace(session, dialect, element))) ?? true;
  const isAddDone = (await session.attempt(() => createByAdd(session, dialect, element))) ?? true;
  if (!isNewDone || !isAddDone) return;
  for (const isNew of [true, false]) await session.attempt(() => createList(session, dialect, element, isNew));
  if (!session.findings.has('filtered-path-on-absent-list')) {
    await session.attempt(() => createTogether(session, dialect));
  }
}

/** Roles and addresses that a mapping names by `[primary eq "True"]`. */
export async function tryPrimaryText(session: Session, dialect: Dialect): Promise<void> {
  const row = session.profile.users.find(({ path }) => parseAttributePath(path)?.where?.name === 'primary');
  if (!row || session.unable.has('filtered-paths') || session.ledger.doubtful.has(row.path)) return;
  await session.attempt(async () => {
    const user = await createTrialUser(session);
    const blame: Blame = { refused: 'text-filter-on-primary', ignored: 'text-filter-on-primary' };
    const trial = toTrial(session, dialect, row.path, user.id, user.others[row.path] ?? '', `change ${row.path}`);
    const { works } = await tryChange(session, trial, blame, [LOWER_CASE]);
    if (!works) session.unable.add('primary-filters');
    await discard(session, '/Users', user.id);
  });
}

function findElement(session: Session): Element | undefined {
  const toElement = ({ path }: MappingRow): Element | undefined => {
    const { urn, attribute, where, subAttribute }: Partial<AttributePath> = parseAttributePath(path) ?? {};
    if (attribute === undefined || urn !== undefined || where?.name !== 'type') return undefined;
    if (session.ledger.doubtful.has(path)) return undefined;
    const otherType = where.text === 'home' ? 'other' : 'home';
    return { path, attribute, type: where.text, sub: subAttribute ?? 'value', otherType };
  };
  const elements = session.profile.users.map(toElement).filter((one) => one !== undefined);
  return elements.find(({ attribute }) => attribute === 'emails') ?? elements[0];
}

/** An element of another type beside the mapped one, as a user's own settings may have left it. */
function addOther(body: Draft, { attribute, sub, otherType }: Element): void {
  const elements = toList(body[attribute]);
  if (elements.some((one) => isObject(one) && one['type'] === otherType)) return;
  const value = attribute === 'emails' ? 'Other.rehearsal@rehearsal.example' : '+49 (0)221 555-900';
  body[attribute] = [...elements, { type: otherType, [sub]: value }];
}

function dropMapped(body: Draft, { attribute, type }: Element): void {
  body[attribute] = toList(body[attribute]).filter((one) => !isObject(one) || one['type'] !== type);
}

async function replaceElement(session: Session, dialect: Dialect, element: Element): Promise<void> {
  const { path, attribute, otherType, sub } = element;
  const user = await createTrialUser(session, (body) => addOther(body, element));
  const otherPath = `${attribute}[type eq "${otherType}"].${sub}`;
  const other = valueAt(user.held, otherPath);
  const trial = toTrial(session, dialect, path, user.id, user.others[path] ?? '', 'change an element by its filter');
  const blame: Blame = {
    refused: 'filtered-replace-refused',
    ignored: (after) => (elementsAt(after, path).length > 1 ? 'filtered-replace-adds' : 'filtered-replace-ignored'),
  };
  const outcome = await tryChange(session, trial, blame, [LOWER_CASE]);
  const complain = (rule: RuleId) => {
    session.unable.add('filtered-paths');
    tellTrial(session, { ...trial, show: (after) => elementsAt(after, attribute) }, outcome, rule);
  };
  if (!outcome.works) session.unable.add('filtered-paths');
  else if (outcome.result === 'done') {
    if (elementsAt(outcome.after, path).length > 1) complain('filtered-replace-adds');
    if (other !== undefined && !isSame(other, valueAt(outcome.after, otherPath))) {
      complain('filtered-replace-loses-others');
    }
  }
  await discard(session, '/Users', user.id);
}

async function createByReplace(session: Session, dialect: Dialect, element: Element): Promise<boolean> {
  const blame: Blame = { refused: 'filtered-replace-no-target', ignored: 'filtered-replace-not-created' };
  return createElement(session, dialect, element, false, blame);
}

async function createByAdd(session: Session, dialect: Dialect, element: Element): Promise<boolean> {
  const blame: Blame = { refused: 'filtered-add-refused', ignored: 'filtered-add-not-created' };
  return createElement(session, dialect, element, true, blame);
}

async function createElement(
  session: Session,
  dialect: Dialect,
  element: Element,
  isNew: boolean,
  blame: Blame,
): Promise<boolean> {
  const user = await createTrialUser(session, (body) => {
    addOther(body, element);
    dropMapped(body, element);
  });
  const step = `${isNew ? 'add' : 'replace'} an element that is not there`;
  const trial = toTrial(session, dialect, element.path, user.id, user.others[element.path] ?? '', step, isNew);
  const { works } = await tryChange(session, trial, blame, [LOWER_CASE]);
  await discard(session, '/Users', user.id);
  return works;
}

async function createList(session: Session, dialect: Dialect, element: Element, isNew: boolean): Promise<void> {
  const user = await createTrialUser(session, (body) => {
    body[element.attribute] = undefined;
  });
  const step = `${isNew ? 'add' : 'replace'} an element where there is no list`;
  const rule = 'filtered-path-on-absent-list';
  const trial = toTrial(session, dialect, element.path, user.id, user.others[element.path] ?? '', step, isNew);
  await tryChange(session, trial, { refused: rule, ignored: rule }, [LOWER_CASE]);
  await discard(session, '/Users', user.id);
}

/** Several parts of one element that is not there, in one request, make one element. */
async function createTogether(session: Session, dialect: Dialect): Promise<void> {
  const paths = session.profile.users.map(({ path }) => path).filter((path) => !session.ledger.doubtful.has(path));
  const prefixOf = (path: string) => path.slice(0, path.indexOf(']') + 1);
  const isPart = (path: string) => parseAttributePath(path)?.where?.name === 'type';
  const first = paths.find(
    (path) => isPart(path) && paths.some((one) => one !== path && prefixOf(one) === prefixOf(path)),
  );
  if (first === undefined) return;
  const parts = paths.filter((path) => prefixOf(path) === prefixOf(first));
  const user = await createTrialUser(session, (body) => {
    body[first.slice(0, first.indexOf('['))] = undefined;
  });
  const changes = parts.map((path) => ({ path, value: user.others[path] ?? '', isNew: true }));
  const writer = session.writerOf(dialect);
  const blame: Blame = { refused: 'filtered-add-refused', ignored: 'filtered-add-not-created' };
  const trial: Trial = {
    ...toTrial(session, dialect, first, user.id, '', 'add several parts of an element'),
    operations: () => writer.toChange(changes),
    isDone: (after) =>
      elementsAt(after, first).length === 1 && changes.every(({ path, value }) => isSame(value, valueAt(after, path))),
    expected: `one ${prefixOf(first)} with ${parts.length} parts`,
  };
  await tryChange(session, trial, blame, [LOWER_CASE]);
  await discard(session, '/Users', user.id);
}

function toTrial(
  session: Session,
  dialect: Dialect,
  path: string,
  id: string,
  value: Json,
  step: string,
  isNew = false,
): Trial {
  const writer = session.writerOf(dialect);
  return {
    collection: '/Users',
    step,
    dialect,
    id,
    operations: (): readonly Operation[] => writer.toChange([{ path, value, isNew }]),
    isDone: (after) => isSame(value, valueAt(after, path)),
    expected: `200 or 204, then ${path}: ${JSON.stringify(value)}`,
    show: (after) => elementsAt(after, path.replace(/\[.*/, '')),
  };
}
