import type { Dialect, Operation } from '../dialect/patch-writer.js';
import { canSearch, getStored, hasReference, match, memberIds, patch, read } from '../session/entra-requests.js';
import type { RuleId } from '../rules/finding.js';
import { isObject, toList, type Json } from '../../client/json.js';
import type { Session } from '../session/session.js';
import {
  LOWER_CASE_OPS,
  reportProbe,
  runProbe,
  type Fallback,
  type FailureRules,
  type ProbeOutcome,
  type Probe,
  ruleForStatus,
} from './probe.js';

const NOT_ADDED: FailureRules = { refused: 'add-member-refused', ignored: 'add-member-ignored' };

/** What an addition has that RFC 7644 does not know, or does not need. */
const PECULIARITIES: readonly Fallback[] = [
  { deviation: 'extra-keys', refused: 'extra-keys-refused', ignored: 'extra-keys-refused' },
  { deviation: 'null-refs', refused: 'null-ref-refused', ignored: 'null-ref-refused' },
];

/**
 * Members come one by one and several at once, twice, and go again: each step looks at who is there afterwards. A removal in
 * the default dialect is the best known trap: it names the members in a list, and some then remove everybody, or nobody.
 *
 * @param users six of them, none a member yet
 */
export async function probeMembers(
  session: Session,
  dialect: Dialect,
  groupId: string,
  users: readonly string[],
): Promise<void> {
  const members = new Members(session, dialect, groupId);
  const [first = '', second = '', third = '', fourth = '', fifth = '', stranger = ''] = users;
  if (!(await members.add('add a member', [first], [first], NOT_ADDED, PECULIARITIES))) {
    session.unsupported.add('add-members').add('remove-members');
    return;
  }
  const losesOthers: FailureRules = { refused: 'add-member-refused', ignored: 'add-member-replaces' };
  if (!(await members.add('add another member', [second], [first, second], losesOthers))) {
    session.unsupported.add('add-members').add('remove-members');
    return;
  }
  const batch = [third, fourth, fifth];
  const notTogether: FailureRules = { refused: 'member-batch-refused', ignored: 'member-batch-refused' };
  const asBatch: Fallback = { deviation: 'member-batches', ...notTogether };
  if (!(await members.add('add several members', batch, [first, second, ...batch], notTogether, []))) {
    session.avoid.add(asBatch.deviation);
    for (const id of batch) await members.add('add a member', [id], [id], NOT_ADDED);
  }
  await lookWithoutMembers(session, groupId);
  await checkMemberReference(session, groupId, second, stranger);
  await members.addAgain(second);
  await members.removeOne(second, [first, ...batch]);
  if (!session.unsupported.has('remove-members')) await members.removeSeveral([third, fourth], [first, fifth]);
}

/** A group's members, who they are after each change. */
class Members {
  readonly #session: Session;
  readonly #dialect: Dialect;
  readonly #groupId: string;

  constructor(session: Session, dialect: Dialect, groupId: string) {
    this.#session = session;
    this.#dialect = dialect;
    this.#groupId = groupId;
  }

  /** @returns true when all who should be members then are */
  async add(
    step: string,
    ids: readonly string[],
    expected: readonly string[],
    rules: FailureRules,
    fallbacks: readonly Fallback[] = [],
  ): Promise<boolean> {
    const writer = this.#session.writerFor(this.#dialect);
    const probe = this.#toProbe(
      step,
      () => writer.toMemberAddition(ids),
      (after) => hasAll(after, expected),
    );
    const ways = writer.isFlagged ? fallbacks : [LOWER_CASE_OPS, ...fallbacks];
    return (await runProbe(this.#session, probe, rules, ways)).works;
  }

  /** A member who is there may be added again, as Entra does after a lost answer, and is there once. */
  async addAgain(id: string): Promise<void> {
    const writer = this.#session.writerFor(this.#dialect);
    const isOnce = (after: Json) => memberIds(after).filter((one) => one === id).length === 1;
    const probe = this.#toProbe('add a member again', () => writer.toMemberAddition([id]), isOnce);
    await runProbe(this.#session, probe, { refused: 'add-member-refused', ignored: 'member-twice' });
  }

  async removeOne(id: string, others: readonly string[]): Promise<void> {
    const outcome = await this.#remove('remove a member', [id], others);
    if (outcome) this.#giveUpForm();
  }

  async removeSeveral(ids: readonly string[], others: readonly string[]): Promise<void> {
    await this.#bringBack([...ids, ...others]);
    const wasAvoided = new Set(this.#session.avoid);
    const rule = 'member-batch-refused';
    await this.#remove('remove several members', ids, others, rule);
    // It is the number that was not taken, not the form.
    for (const deviation of this.#session.avoid) {
      if (!wasAvoided.has(deviation)) this.#session.avoid.delete(deviation);
    }
  }

  /** @returns true when the form that the dialect has for a removal does not do */
  async #remove(step: string, ids: readonly string[], others: readonly string[], rule?: RuleId): Promise<boolean> {
    const session = this.#session;
    const writer = session.writerFor(this.#dialect);
    const isByPath =
      (writer.isFlagged || session.avoid.has('removal-by-value')) && !session.avoid.has('removal-by-path');
    const form = isByPath ? 'removal-by-path' : 'removal-by-value';
    const areGone = (after: Json) => ids.every((id) => !memberIds(after).includes(id));
    const probe = this.#toProbe(step, () => writer.toMemberRemoval(ids), areGone);
    const rules: FailureRules = { refused: rule ?? `${form}-refused`, ignored: rule ?? `${form}-ignored` };
    const ways = writer.isFlagged ? [] : [LOWER_CASE_OPS];
    const outcome = await runProbe(session, probe, rules, rule === undefined ? ways : []);
    if (outcome.works && !(await this.#areThere(others))) {
      this.#reportEmptied(probe, outcome, rule ?? `${form}-empties-group`);
      return true;
    }
    return !outcome.works;
  }

  /** A removal before may have emptied the group. */
  async #bringBack(ids: readonly string[]): Promise<void> {
    const session = this.#session;
    const present = memberIds(await getStored(session, '/Groups', this.#groupId));
    for (const id of ids.filter((one) => !present.includes(one))) {
      const operations = session.writerFor(this.#dialect).toMemberAddition([id]);
      await patch(session, '/Groups', this.#groupId, operations, 'change group', 'check');
    }
  }

  async #areThere(ids: readonly string[]): Promise<boolean> {
    return hasAll(await getStored(this.#session, '/Groups', this.#groupId), ids);
  }

  #reportEmptied(probe: Probe, outcome: ProbeOutcome, rule: RuleId): void {
    reportProbe(
      this.#session,
      { ...probe, expected: 'only who is named is removed' },
      { ...outcome, result: 'done' },
      rule,
    );
  }

  /** The other form is written from now on; when neither does, nobody is removed any more. */
  #giveUpForm(): void {
    const { avoid, unsupported } = this.#session;
    const isFlagged = this.#session.writerFor(this.#dialect).isFlagged;
    if (avoid.has('removal-by-value') || avoid.has('removal-by-path')) unsupported.add('remove-members');
    avoid.add(isFlagged ? 'removal-by-path' : 'removal-by-value');
  }

  #toProbe(step: string, operations: () => readonly Operation[], isDone: (after: Json) => boolean): Probe {
    return {
      collection: '/Groups',
      step,
      dialect: this.#dialect,
      id: this.#groupId,
      operations,
      isDone,
      expected: '204 or 200, and the members as they should be',
      show: memberIds,
    };
  }
}

function hasAll(group: Json, ids: readonly string[]): boolean {
  const members = new Set(memberIds(group));
  return ids.every((id) => members.has(id));
}

async function lookWithoutMembers(session: Session, groupId: string): Promise<void> {
  const query = { excludedAttributes: 'members' };
  const response = await read(session, '/Groups', groupId, 'entra', query);
  session.accept(response, 'group-unreadable', 'read group', [200]);
  const shown = isObject(response.body) ? toList(response.body['members']).length : 0;
  if (shown > 0) session.report('excluded-members-shown', response, 'read group', 'no members', `${shown} members`);
  const name = isObject(response.body) ? response.body['displayName'] : undefined;
  if (name !== undefined && shown === 0) await match(session, '/Groups', { displayName: name }, 'check');
}

/** The check before a reference is written: by id and member together. */
async function checkMemberReference(
  session: Session,
  groupId: string,
  memberId: string,
  strangerId: string,
): Promise<void> {
  if (!canSearch(session, '/Groups') || session.findings.has('filter-ignored')) return;
  for (const [id, isThere] of [
    [memberId, true],
    [strangerId, false],
  ] as const) {
    const asked = await hasReference(session, '/Groups', groupId, 'members', id);
    if (asked.isThere === isThere) continue;
    const rule = await ruleForStatus(session, asked.response, 'reference-check-refused');
    session.report(rule, asked.response, 'check a member', isThere ? 'the group' : 'nothing');
    return;
  }
}
