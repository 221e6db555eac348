import { isObject, toList, type Json } from '../../client/json.js';
import type { Operation } from '../../client/patch-body.js';
import { memberIds } from '../../client/resource.js';
import type { Dialect } from '../dialect/dialect.js';
import type { RuleId } from '../rules/finding.js';
import { getStored, patch, read } from '../session/entra-requests.js';
import { canSearch, hasReference, match } from '../session/matching.js';
import type { Session } from '../session/session.js';
import {
  LOWER_CASE_OPS,
  reportProbe,
  ruleForStatus,
  runProbe,
  type FailureRules,
  type Fallback,
  type Probe,
  type ProbeOutcome,
} from './probe.js';

const ADD_RULES: FailureRules = { refused: 'add-member-refused', ignored: 'add-member-ignored' };

/** Retries without what RFC 7644 does not define or require. */
const ADD_FALLBACKS: readonly Fallback[] = [
  { deviation: 'extra-keys', refused: 'extra-keys-refused', ignored: 'extra-keys-refused' },
  { deviation: 'null-refs', refused: 'null-ref-refused', ignored: 'null-ref-refused' },
];

/**
 * Adds members one by one, several at once and again, and removes them; each step is followed by a comparison. Removal in the
 * default dialect is a frequent fault: some endpoints remove all members, or none, when the value of the operation lists some.
 *
 * @param users six users, none of them a member
 */
export async function probeMembers(
  session: Session,
  dialect: Dialect,
  groupId: string,
  users: readonly string[],
): Promise<void> {
  const members = new Members(session, dialect, groupId);
  const [first = '', second = '', third = '', fourth = '', fifth = '', other = ''] = users;
  if (!(await members.add('add a member', [first], [first], ADD_RULES, ADD_FALLBACKS))) {
    session.unsupported.add('add-members').add('remove-members');
    return;
  }
  const replaceRules: FailureRules = { refused: 'add-member-refused', ignored: 'add-member-replaces' };
  if (!(await members.add('add another member', [second], [first, second], replaceRules))) {
    session.unsupported.add('add-members').add('remove-members');
    return;
  }
  const batch = [third, fourth, fifth];
  const batchRules: FailureRules = { refused: 'member-batch-refused', ignored: 'member-batch-refused' };
  if (!(await members.add('add several members', batch, [first, second, ...batch], batchRules))) {
    session.avoid.add('member-batches');
    for (const id of batch) await members.add('add a member', [id], [id], ADD_RULES);
  }
  await readWithoutMembers(session, groupId);
  await checkMemberReference(session, groupId, second, other);
  await members.addAgain(second);
  await members.removeOne(second, [first, ...batch]);
  if (!session.unsupported.has('remove-members')) await members.removeSeveral([third, fourth], [first, fifth]);
}

/** Changes the members of a group and compares them. */
class Members {
  readonly #session: Session;
  readonly #dialect: Dialect;
  readonly #groupId: string;

  constructor(session: Session, dialect: Dialect, groupId: string) {
    this.#session = session;
    this.#dialect = dialect;
    this.#groupId = groupId;
  }

  /** @returns true if all expected members are present afterwards */
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
    const applicable = writer.isFlagged ? fallbacks : [LOWER_CASE_OPS, ...fallbacks];
    return (await runProbe(this.#session, probe, rules, applicable)).works;
  }

  /** Adds an existing member, as Entra does after a lost response. It must remain a member once. */
  async addAgain(id: string): Promise<void> {
    const writer = this.#session.writerFor(this.#dialect);
    const isOnce = (after: Json) => memberIds(after).filter((one) => one === id).length === 1;
    const probe = this.#toProbe('add a member again', () => writer.toMemberAddition([id]), isOnce);
    await runProbe(this.#session, probe, { refused: 'add-member-refused', ignored: 'member-twice' });
  }

  async removeOne(id: string, others: readonly string[]): Promise<void> {
    const hasFailed = await this.#remove('remove a member', [id], others);
    if (hasFailed) this.#avoidForm();
  }

  async removeSeveral(ids: readonly string[], others: readonly string[]): Promise<void> {
    await this.#restore([...ids, ...others]);
    const avoidedBefore = new Set(this.#session.avoid);
    const rule = 'member-batch-refused';
    await this.#remove('remove several members', ids, others, rule);
    // A failure is due to the number of members, not to the form of the removal.
    for (const deviation of this.#session.avoid) {
      if (!avoidedBefore.has(deviation)) this.#session.avoid.delete(deviation);
    }
  }

  /** @returns true if the removal failed or removed other members */
  async #remove(step: string, ids: readonly string[], others: readonly string[], rule?: RuleId): Promise<boolean> {
    const session = this.#session;
    const writer = session.writerFor(this.#dialect);
    const isByPath =
      (writer.isFlagged || session.avoid.has('removal-by-value')) && !session.avoid.has('removal-by-path');
    const form = isByPath ? 'removal-by-path' : 'removal-by-value';
    const areGone = (after: Json) => ids.every((id) => !memberIds(after).includes(id));
    const probe = this.#toProbe(step, () => writer.toMemberRemoval(ids), areGone);
    const rules: FailureRules = { refused: rule ?? `${form}-refused`, ignored: rule ?? `${form}-ignored` };
    const fallbacks = writer.isFlagged || rule !== undefined ? [] : [LOWER_CASE_OPS];
    const outcome = await runProbe(session, probe, rules, fallbacks);
    if (outcome.works && !(await this.#areThere(others))) {
      this.#reportEmptied(probe, outcome, rule ?? `${form}-empties-group`);
      return true;
    }
    return !outcome.works;
  }

  /** Adds members that an earlier removal may have removed. */
  async #restore(ids: readonly string[]): Promise<void> {
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
      { ...probe, expected: 'only the named members are removed' },
      { ...outcome, result: 'done' },
      rule,
    );
  }

  /** Switches to the other form of removal; if both fail, members are no longer removed. */
  #avoidForm(): void {
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
      expected: '204 or 200, and the expected members',
      show: memberIds,
    };
  }
}

function hasAll(group: Json, ids: readonly string[]): boolean {
  const members = new Set(memberIds(group));
  return ids.every((id) => members.has(id));
}

/** Reads and searches for the group without its members. */
async function readWithoutMembers(session: Session, groupId: string): Promise<void> {
  const query = { excludedAttributes: 'members' };
  const response = await read(session, '/Groups', groupId, 'entra', query);
  session.accept(response, 'group-unreadable', 'read group', [200]);
  const shown = isObject(response.body) ? toList(response.body['members']).length : 0;
  if (shown > 0) session.report('excluded-members-shown', response, 'read group', 'no members', `${shown} members`);
  const name = isObject(response.body) ? response.body['displayName'] : undefined;
  if (name !== undefined && shown === 0) await match(session, '/Groups', { displayName: name }, 'check');
}

/** Checks the filter by id and member that Entra sends before adding a member. */
async function checkMemberReference(
  session: Session,
  groupId: string,
  memberId: string,
  otherId: string,
): Promise<void> {
  if (!canSearch(session, '/Groups') || session.findings.has('filter-ignored')) return;
  for (const [id, isThere] of [
    [memberId, true],
    [otherId, false],
  ] as const) {
    const asked = await hasReference(session, '/Groups', groupId, 'members', id);
    if (asked.isThere === isThere) continue;
    const rule = await ruleForStatus(session, asked.response, 'reference-check-refused');
    session.report(rule, asked.response, 'check a member', isThere ? 'the group' : 'no group');
    return;
  }
}
