import type { Database } from '../sql/database.js';
import { GROUPS_BY_ID } from '../group/group-queries.js';
import type { StoredGroup } from '../group/group-row.js';
import { Snapshot } from '../sql/snapshot.js';
import { prepared } from '../sql/statement.js';
import {
  FEW_MEMBERS,
  GROUPS_WITH_MEMBERS,
  MEMBER_TUPLES,
  toMember,
  type GroupWithTuples,
  type Member,
  type MemberTuple,
} from './membership-queries.js';

const NEXT = prepared(`
  select coalesce(${MEMBER_TUPLES}, '[]') as members from (
    select * from memberships
    where directory_id = $1 and group_id = $2 and member_id > $3
    order by member_id limit $4
  ) m`);

const BEFORE_ALL = '00000000-0000-0000-0000-000000000000';

/**
 * Reads the members of groups of any size from one snapshot, at most `FEW_MEMBERS` at a time. It holds a connection
 * until it is closed.
 */
export class MemberReader {
  #few: ReadonlyMap<string, readonly Member[]> = new Map();

  private constructor(
    private readonly snapshot: Snapshot,
    private readonly directoryId: string,
    /** The existing groups, in the requested order. */
    readonly groups: readonly StoredGroup[],
  ) {}

  static async open(db: Database, directoryId: string, groupIds: readonly string[]): Promise<MemberReader> {
    const snapshot = await Snapshot.open(db);
    try {
      const rows = await snapshot.rows<StoredGroup>(GROUPS_BY_ID, [directoryId, groupIds]);
      const groups = new Map(rows.map((group) => [group.id, group]));
      const found = groupIds.map((id) => groups.get(id)).filter((group) => group !== undefined);
      return new MemberReader(snapshot, directoryId, found);
    } catch (error) {
      await snapshot.close();
      throw error;
    }
  }

  /**
   * Iterates over the members of one group by id. Adjacent small groups are read together, so request groups in order.
   */
  async *membersOf(group: StoredGroup): AsyncGenerator<readonly Member[], void, undefined> {
    if (group.memberCount <= FEW_MEMBERS) {
      if (!this.#few.has(group.id)) this.#few = await this.#readFew(this.groups.indexOf(group));
      yield this.#few.get(group.id) ?? [];
      return;
    }
    let coming: Promise<Member[]> | undefined = this.#readNext(group.id, BEFORE_ALL);
    while (coming) {
      const members: readonly Member[] = await coming;
      const last = members.at(-1);
      // The next page is fetched while the consumer writes this one.
      coming = last && members.length === FEW_MEMBERS ? this.#readNext(group.id, last.id) : undefined;
      // If the consumer stops here, it closes the reader, and a failure of this read no longer matters.
      coming?.catch(() => undefined);
      yield members;
    }
  }

  async close(): Promise<void> {
    await this.snapshot.close();
  }

  async #readNext(groupId: string, after: string): Promise<Member[]> {
    const values = [this.directoryId, groupId, after, FEW_MEMBERS];
    const [row] = await this.snapshot.rows<{ readonly members: readonly MemberTuple[] }>(NEXT, values);
    return (row?.members ?? []).map(toMember);
  }

  /** Reads the members of the groups from an index on, for as many small groups as fit together. */
  async #readFew(from: number): Promise<Map<string, Member[]>> {
    const ids: string[] = [];
    let count = 0;
    for (const group of this.groups.slice(from)) {
      count += group.memberCount;
      if (count > FEW_MEMBERS) break;
      ids.push(group.id);
    }
    const values = [this.directoryId, ids, FEW_MEMBERS];
    const rows = await this.snapshot.rows<GroupWithTuples>(GROUPS_WITH_MEMBERS, values);
    return new Map(rows.map(({ id, members }) => [id, (members ?? []).map(toMember)]));
  }
}
