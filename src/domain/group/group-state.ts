import { assertVersion, notFound, type ExpectedVersion } from '../kernel/precondition.js';
import { prepared } from '../sql/statement.js';
import type { Transaction } from '../write/transaction.js';
import type { GroupColumns, StoredGroup } from './group-row.js';
import { GROUP_SELECT_LIST } from './group-select.js';

const LOCK = prepared(`
  select ${GROUP_SELECT_LIST} from groups g where g.directory_id = $1 and g.id = $2 for no key update of g`);

const UPDATE = prepared(`
  update groups set
    display_name = $3, display_name_key = $4, external_id = $5, attributes = $6, attribute_keys = $7,
    member_count = member_count + $8, version = version + 1, updated_at = $9
  where directory_id = $1 and id = $2`);

const SET_MEMBER_COUNT = prepared('update groups set member_count = $3 where directory_id = $1 and id = $2');

// For a change of members alone, which need not send the attributes of the group.
const UPDATE_MEMBER_COUNT = prepared(`
  update groups set member_count = member_count + $3, version = version + 1, updated_at = $4
  where directory_id = $1 and id = $2`);

interface LockedGroup {
  group: StoredGroup;
  columns?: GroupColumns;
  memberDelta: number;
  changed: boolean;
  /** True for a group that this transaction created: adding its initial members does not increment its version. */
  created?: boolean;
}

/**
 * The groups that one transaction has locked. Several commands may change the same group, as in a PATCH that renames it
 * and adds members. They share one lock, one new version and one UPDATE, which `flush` sends before the events are
 * appended.
 */
export class GroupStates {
  /** The groups by stored id, which is in lower case; commands may spell it differently. */
  readonly #groups = new Map<string, LockedGroup>();

  constructor(private readonly tx: Transaction) {}

  /**
   * Locks a group unless this transaction has locked it before. Throws NOT_FOUND, or VERSION_CONFLICT if
   * `expectedVersion` is given.
   */
  async lock(id: string, expectedVersion?: ExpectedVersion): Promise<StoredGroup> {
    const known = this.#groups.get(id.toLowerCase());
    if (known) return known.group;
    const [group] = await this.tx.rows<StoredGroup>(LOCK, [this.tx.directoryId, id]);
    if (!group) throw notFound('group', id);
    assertVersion(group.version, expectedVersion);
    this.#groups.set(group.id, { group, memberDelta: 0, changed: false });
    return group;
  }

  /** Registers a group that this transaction has created. Its initial members belong to its first version. */
  created(group: StoredGroup): void {
    this.#groups.set(group.id, { group, memberDelta: 0, changed: false, created: true });
  }

  /** Records new attributes of a locked group. */
  change(id: string, columns: GroupColumns): void {
    const locked = this.#get(id);
    const { displayNameKey: _name, attributeKeys: _keys, ...visible } = columns;
    this.#groups.set(locked.group.id, { ...locked, columns, changed: true, group: { ...locked.group, ...visible } });
  }

  /** Records a change in the number of members of a locked group. */
  count(id: string, delta: number): void {
    const locked = this.#get(id);
    this.#groups.set(locked.group.id, { ...locked, memberDelta: locked.memberDelta + delta, changed: true });
  }

  /** Sends one UPDATE for each changed group. */
  flush(): void {
    const { tx } = this;
    for (const [id, { columns, memberDelta, changed, created }] of this.#groups) {
      if (!changed) continue;
      if (columns) {
        const { displayName, displayNameKey, externalId, attributes, attributeKeys } = columns;
        const own = [displayName, displayNameKey, externalId, attributes, attributeKeys];
        tx.send(UPDATE, [tx.directoryId, id, ...own, memberDelta, tx.now]);
      } else if (created) {
        tx.send(SET_MEMBER_COUNT, [tx.directoryId, id, memberDelta]);
      } else {
        tx.send(UPDATE_MEMBER_COUNT, [tx.directoryId, id, memberDelta, tx.now]);
      }
    }
  }

  /** Returns a locked group in the state that `flush` stores. */
  stored(id: string): StoredGroup {
    const { group, memberDelta, changed, created, columns } = this.#get(id);
    if (!changed) return group;
    if (created && !columns) return { ...group, memberCount: memberDelta };
    return {
      ...group,
      memberCount: group.memberCount + memberDelta,
      version: group.version + 1,
      updatedAt: this.tx.now,
    };
  }

  #get(id: string): LockedGroup {
    const locked = this.#groups.get(id.toLowerCase());
    if (!locked) throw new Error(`Group ${id} is not locked by this transaction`);
    return locked;
  }
}
