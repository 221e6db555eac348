import {
  elementsAt,
  parseAttributePath,
  valueAt,
  type AttributePath,
  type Draft,
} from '../../client/attribute-path.js';
import { isObject, toList, type Json } from '../../client/json.js';
import { isSameValue } from '../../client/value-equality.js';
import type { MappingRow } from '../../profile/profile.js';
import type { Dialect } from '../dialect/dialect.js';
import type { RuleId } from '../rules/finding.js';
import type { Session } from '../session/session.js';
import {
  LOWER_CASE_OPS,
  createProbeUser,
  discard,
  reportProbe,
  runProbe,
  type FailureRules,
  type Probe,
} from './probe.js';

/** The parts of a path such as `emails[type eq "work"].value`. */
interface Element {
  readonly path: string;
  readonly attribute: string;
  readonly type: string;
  readonly sub: string;
  /** The type of another element in the same list. */
  readonly otherType: string;
}

/**
 * Probes changes of a list element by a filter in the path: an existing element, a missing one, and a missing list. Entra expects
 * missing elements to be created and other elements to be left unchanged.
 */
export async function probeElements(session: Session, dialect: Dialect): Promise<void> {
  const element = findElement(session);
  if (!element || session.unsupported.has('filtered-paths')) return;
  await session.attempt(() => replaceElement(session, dialect, element));
  if (session.unsupported.has('filtered-paths')) return;
  const isReplaceDone = (await session.attempt(() => createByReplace(session, dialect, element))) ?? true;
  const isAddDone = (await session.attempt(() => createByAdd(session, dialect, element))) ?? true;
  if (!isReplaceDone || !isAddDone) return;
  for (const isNew of [true, false]) await session.attempt(() => createList(session, dialect, element, isNew));
  if (!session.findings.has('filtered-path-on-absent-list')) {
    await session.attempt(() => createTogether(session, dialect));
  }
}

/** Probes a path with `[primary eq "True"]`, as mappings use for roles and addresses. */
export async function probePrimaryFilter(session: Session, dialect: Dialect): Promise<void> {
  const row = session.profile.users.find(({ path }) => parseAttributePath(path)?.where?.name === 'primary');
  if (!row || session.unsupported.has('filtered-paths') || session.expected.unreliablePaths.has(row.path)) return;
  await session.attempt(async () => {
    const user = await createProbeUser(session);
    const rules: FailureRules = { refused: 'text-filter-on-primary', ignored: 'text-filter-on-primary' };
    const probe = toProbe(session, dialect, row.path, user.id, user.newValues[row.path] ?? '', `change ${row.path}`);
    const { works } = await runProbe(session, probe, rules, [LOWER_CASE_OPS]);
    if (!works) session.unsupported.add('primary-filters');
    await discard(session, '/Users', user.id);
  });
}

function findElement(session: Session): Element | undefined {
  const toElement = ({ path }: MappingRow): Element | undefined => {
    const { urn, attribute, where, subAttribute }: Partial<AttributePath> = parseAttributePath(path) ?? {};
    if (attribute === undefined || urn !== undefined || where?.name !== 'type') return undefined;
    if (session.expected.unreliablePaths.has(path)) return undefined;
    const otherType = where.text === 'home' ? 'other' : 'home';
    return { path, attribute, type: where.text, sub: subAttribute ?? 'value', otherType };
  };
  const elements = session.profile.users.map(toElement).filter((one) => one !== undefined);
  return elements.find(({ attribute }) => attribute === 'emails') ?? elements[0];
}

/** Adds an element of another type to the list, such as one from the user's own settings. */
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
  const user = await createProbeUser(session, (body) => addOther(body, element));
  const otherPath = `${attribute}[type eq "${otherType}"].${sub}`;
  const other = valueAt(user.stored, otherPath);
  const probe = toProbe(session, dialect, path, user.id, user.newValues[path] ?? '', 'change an element by its filter');
  const rules: FailureRules = {
    refused: 'filtered-replace-refused',
    ignored: (after) => (elementsAt(after, path).length > 1 ? 'filtered-replace-adds' : 'filtered-replace-ignored'),
  };
  const outcome = await runProbe(session, probe, rules, [LOWER_CASE_OPS]);
  const reportElements = (rule: RuleId) => {
    session.unsupported.add('filtered-paths');
    reportProbe(session, { ...probe, show: (after) => elementsAt(after, attribute) }, outcome, rule);
  };
  if (!outcome.works) session.unsupported.add('filtered-paths');
  else if (outcome.result === 'done') {
    if (elementsAt(outcome.after, path).length > 1) reportElements('filtered-replace-adds');
    if (other !== undefined && !isSameValue(other, valueAt(outcome.after, otherPath))) {
      reportElements('filtered-replace-loses-others');
    }
  }
  await discard(session, '/Users', user.id);
}

async function createByReplace(session: Session, dialect: Dialect, element: Element): Promise<boolean> {
  const rules: FailureRules = { refused: 'filtered-replace-no-target', ignored: 'filtered-replace-not-created' };
  return createElement(session, dialect, element, false, rules);
}

async function createByAdd(session: Session, dialect: Dialect, element: Element): Promise<boolean> {
  const rules: FailureRules = { refused: 'filtered-add-refused', ignored: 'filtered-add-not-created' };
  return createElement(session, dialect, element, true, rules);
}

async function createElement(
  session: Session,
  dialect: Dialect,
  element: Element,
  isNew: boolean,
  rules: FailureRules,
): Promise<boolean> {
  const user = await createProbeUser(session, (body) => {
    addOther(body, element);
    dropMapped(body, element);
  });
  const step = `${isNew ? 'add' : 'replace'} a missing element`;
  const probe = toProbe(session, dialect, element.path, user.id, user.newValues[element.path] ?? '', step, isNew);
  const { works } = await runProbe(session, probe, rules, [LOWER_CASE_OPS]);
  await discard(session, '/Users', user.id);
  return works;
}

async function createList(session: Session, dialect: Dialect, element: Element, isNew: boolean): Promise<void> {
  const user = await createProbeUser(session, (body) => {
    body[element.attribute] = undefined;
  });
  const step = `${isNew ? 'add' : 'replace'} an element of a missing list`;
  const rule = 'filtered-path-on-absent-list';
  const probe = toProbe(session, dialect, element.path, user.id, user.newValues[element.path] ?? '', step, isNew);
  await runProbe(session, probe, { refused: rule, ignored: rule }, [LOWER_CASE_OPS]);
  await discard(session, '/Users', user.id);
}

/** Adds several sub-attributes of a missing element in one request, which must create one element. */
async function createTogether(session: Session, dialect: Dialect): Promise<void> {
  const paths = session.profile.users
    .map(({ path }) => path)
    .filter((path) => !session.expected.unreliablePaths.has(path));
  const prefixOf = (path: string) => path.slice(0, path.indexOf(']') + 1);
  const isPart = (path: string) => parseAttributePath(path)?.where?.name === 'type';
  const first = paths.find(
    (path) => isPart(path) && paths.some((one) => one !== path && prefixOf(one) === prefixOf(path)),
  );
  if (first === undefined) return;
  const parts = paths.filter((path) => prefixOf(path) === prefixOf(first));
  const user = await createProbeUser(session, (body) => {
    body[first.slice(0, first.indexOf('['))] = undefined;
  });
  const changes = parts.map((path) => ({ path, value: user.newValues[path] ?? '', isNew: true }));
  const writer = session.writerFor(dialect);
  const rules: FailureRules = { refused: 'filtered-add-refused', ignored: 'filtered-add-not-created' };
  const probe: Probe = {
    ...toProbe(session, dialect, first, user.id, '', 'add several sub-attributes of an element'),
    operations: () => writer.toChange(changes),
    isDone: (after) =>
      elementsAt(after, first).length === 1 &&
      changes.every(({ path, value }) => isSameValue(value, valueAt(after, path))),
    expected: `one ${prefixOf(first)} with ${parts.length} sub-attributes`,
  };
  await runProbe(session, probe, rules, [LOWER_CASE_OPS]);
  await discard(session, '/Users', user.id);
}

function toProbe(
  session: Session,
  dialect: Dialect,
  path: string,
  id: string,
  value: Json,
  step: string,
  isNew = false,
): Probe {
  const writer = session.writerFor(dialect);
  return {
    collection: '/Users',
    step,
    dialect,
    id,
    operations: () => writer.toChange([{ path, value, isNew }]),
    isDone: (after) => isSameValue(value, valueAt(after, path)),
    expected: `200 or 204, then ${path}: ${JSON.stringify(value)}`,
    show: (after) => elementsAt(after, path.replace(/\[.*/, '')),
  };
}
