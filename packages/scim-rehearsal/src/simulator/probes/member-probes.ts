import type { Dialect, Operation } from '../dialect/patch-writer.js';
import { canSearch, getHeld, hasReference, match, memberIds, patch, read } from '../session/entra-requests.js';
import type { RuleId } from '../rules/finding.js';
import { isObject, toList, type Json } from '../../client/json.js';
import type { Session } from '../session/session.js';
import {
  LOWER_CASE,
  tellTrial,
  tryChange,
  type Alternative,
  type Blame,
  type Outcome,
  type Trial,
  ruleOfStatus,
} from './probe.js';

const NOT_ADDED: Blame = { refused: 'add-member-refused', ignored: 'add-member-ignored' };

/** What an addition has that RFC 7644 does not know, or does not need. */
const PECULIARITIES: readonly Alternative[] = [
  { deviation: 'extra-keys', refused: 'extra-keys-refused', ignored: 'extra-keys-refused' },
  { deviation: 'null-refs', refused: 'null-ref-refused', ignored: 'null-ref-refused' },
];

/**
 * Members come one by one and several at once, twice, and go again: each step looks at who is there afterwards. A removal in
 * the default dialect is the best known trap: it names the members in a list, and some then remove everybody, or nobody.
 *
 * @param users six of them, none a member yet
 */
export async function tryMembers(
  session: Session,
  dialect: Dialect,
  groupId: string,
  users: readonly string[],
): Promise<void> {
  const members = new Members(session, dialect, groupId);
  const [first = '', second = '', third = '', fourth = '', fifth = '', stranger = ''] = users;
  if (!(await members.add('add a member', [first], [first], NOT_ADDED, PECULIARITIES))) {
    session.unable.add('add-members').add('remove-members');
    return;
  }
  const losesOthers: Blame = { refused: 'add-member-refused', ignored: 'add-member-replaces' };
  if (!(await members.add('add another member', [second], [first, second], losesOthers))) {
    session.unable.add('add-members').add('remove-members');
    return;
  }
  const batch = [third, fourth, fifth];
  const notTogether: Blame = { refused: 'member-batch-refused', ignored: 'member-batch-refused' };
  const asBatch: Alternative = { deviation: 'member-batches', ...notTogether };
  if (!(await members.add('add several members', batch, [first, second, ...batch], notTogether, []))) {
    session.avoid.add(asBatch.deviation);
    for (const id of batch) await members.add('add a member', [id], [id], NOT_ADDED);
  }
  await lookWithoutMembers(session, groupId);
  await askForMember(session, groupId, second, stranger);
  await members.addAgain(second);
  await members.removeOne(second, [first, ...batch]);
  if (!session.unable.has('remove-members')) await members.removeSeveral([third, fourth], [first, fifth]);
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
    blame: Blame,
    alternatives: readonly Alternative[] = [],
  ): Promise<boolean> {
    const writer = this.#session.writerOf(this.#dialect);
    const trial = this.#toTrial(
      step,
      () => writer.toMemberAddition(ids),
      (after) => hasAll(after, expected),
    );
    const ways = writer.isFlagged ? alternatives : [LOWER_CASE, ...alternatives];
    return (await tryChange(this.#session, trial, blame, ways)).works;
  }

  /** A member who is there may be added again, as Entra does after a lost answer, and is there once. */
  async addAgain(id: string): Promise<void> {
    const writer = this.#session.writerOf(this.#dialect);
    const isOnce = (after: Json) => memberIds(after).filter((one) => one === id).length === 1;
    const trial = this.#toTrial('add a member again', () => writer.toMemberAddition([id]), isOnce);
    await tryChange(this.#session, trial, { refused: 'add-member-refused', ignored: 'member-twice' });
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
    const writer = session.writerOf(this.#dialect);
    const isByPath =
      (writer.isFlagged || session.avoid.has('removal-by-value')) && !session.avoid.has('removal-by-path');
    const form = isByPath ? 'removal-by-path' : 'removal-by-value';
    const areGone = (after: Json) => ids.every((id) => !memberIds(after).includes(id));
    const trial = this.#toTrial(step, () => writer.toMemberRemoval(ids), areGone);
    const blame: Blame = { refused: rule ?? `${form}-refused`, ignored: rule ?? `${form}-ignored` };
    const ways = writer.isFlagged ? [] : [LOWER_CASE];
    const outcome = await tryChange(session, trial, blame, rule === undefined ? ways : []);
    if (outcome.works && !(await this.#areThere(others))) {
      this.#tellEmptied(trial, outcome, rule ?? `${form}-empties-group`);
      return true;
    }
    return !outcome.works;
  }

  /** A removal before may have emptied the group. */
  async #bringBack(ids: readonly string[]): Promise<void> {
    const session = this.#session;
    const present = memberIds(await getHeld(session, '/Groups', this.#groupId));
    for (const id of ids.filter((one) => !present.includes(one))) {
      const operations = session.writerOf(this.#dialect).toMemberAddition([id]);
      await patch(session, '/Groups', this.#groupId, operations, 'change group', 'check');
    }
  }

  async #areThere(ids: readonly string[]): Promise<boolean> {
    return hasAll(await getHeld(this.#session, '/Groups', this.#groupId), ids);
  }

  #tellEmptied(trial: Trial, outcome: Outcome, rule: RuleId): void {
    tellTrial(
      this.#session,
      { ...trial, expected: 'only who is named is removed' },
      { ...outcome, result: 'done' },
      rule,
    );
  }

  /** The other form is written from now on; when neither does, nobody is removed any more. */
  #giveUpForm(): void {
    const { avoid, unable } = this.#session;
    const isFlagged = this.#session.writerOf(this.#dialect).isFlagged;
    if (avoid.has('removal-by-value') || avoid.has('removal-by-path')) unable.add('remove-members');
    avoid.add(isFlagged ? 'removal-by-path' : 'removal-by-value');
  }

  #toTrial(step: string, operations: () => readonly Operation[], isDone: (after: Json) => boolean): Trial {
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
  const answer = await read(session, '/Groups', groupId, 'entra', query);
  session.accept(answer, 'group-unreadable', 'read group', [200]);
  const shown = isObject(answer.body) ? toList(answer.body['members']).length : 0;
  if (shown > 0) session.tell('excluded-members-shown', answer, 'read group', 'no members', `${shown} members`);
  const name = isObject(answer.body) ? answer.body['displayName'] : undefined;
  if (name !== undefined && shown === 0) await match(session, '/Groups', { displayName: name }, 'check');
}

/** The check before a reference is written: by id and member together. */
async function askForMember(session: Session, groupId: string, memberId: string, strangerId: string): Promise<void> {
  if (!canSearch(session, '/Groups') || session.findings.has('filter-ignored')) return;
  for (const [id, isThere] of [
    [memberId, true],
    [strangerId, false],
  ] as const) {
    const asked = await hasReference(session, '/Groups', groupId, 'members', id);
    if (asked.isThere === isThere) continue;
    const rule = await ruleOfStatus(session, asked.answer, 'reference-check-refused');
    session.tell(rule, asked.answer, 'check a member', isThere ? 'the group' : 'nothing');
    return;
  }
}
