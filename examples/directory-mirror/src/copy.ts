import { DatabaseSync } from 'node:sqlite';
import { ReloadRequired } from './errors.ts';
import type { EventFieldsFragment, GroupFieldsFragment, UserFieldsFragment } from './operations.ts';

const TABLES = `
  pragma journal_mode = wal;
  create table if not exists users (
    id text primary key, user_name text not null, external_id text, display_name text, active integer not null,
    department text, manager_id text
  ) strict;
  create table if not exists groups (id text primary key, external_id text, display_name text not null) strict;
  create table if not exists memberships (
    group_id text not null, member_id text not null, primary key (group_id, member_id)
  ) strict, without rowid;
  create index if not exists memberships_of on memberships (member_id);
  create table if not exists position (
    one integer primary key check (one = 1), cursor text not null, first integer, last integer
  ) strict;
`;

/** The position of the copy in the event log. */
export interface Position {
  /** The cursor to resume from. */
  readonly cursor: string;
  /** The sequences of the first and the last event since the load; null before the first event. */
  readonly first: number | null;
  readonly last: number | null;
}

/** Writes the objects of a load. */
export interface LoadWriter {
  putUser(user: UserFieldsFragment): void;
  putGroup(group: GroupFieldsFragment): void;
  addMember(groupId: string, memberId: string): void;
}

/**
 * The copy of a directory, in SQLite. The change of an event and the position in the log are written in one
 * transaction, so that they agree after a crash.
 */
export class Copy {
  readonly #database: DatabaseSync;

  constructor(path: string) {
    this.#database = new DatabaseSync(path);
    this.#database.exec(TABLES);
  }

  /** The current position. Undefined before the first load and if a new load is required. */
  get position(): Position | undefined {
    return this.#database.prepare('select cursor, first, last from position').get() as Position | undefined;
  }

  /** Deletes the position, so that everything is loaded again. The old content remains readable until then. */
  clearPosition(): void {
    this.#run('delete from position');
  }

  /** Replaces the whole content in one transaction. `cursor` must have been read before the load began. */
  async load(cursor: string, fill: (writer: LoadWriter) => Promise<void>): Promise<void> {
    this.#database.exec('begin immediate');
    try {
      this.#database.exec('delete from users; delete from groups; delete from memberships; delete from position');
      await fill({
        putUser: (user) => this.#putUser(user),
        putGroup: (group) => this.#putGroup(group),
        addMember: (groupId, memberId) => this.#addMember(groupId, memberId),
      });
      this.#run('insert into position (one, cursor) values (1, ?)', cursor);
      this.#database.exec('commit');
    } catch (error) {
      this.#database.exec('rollback');
      throw error;
    }
  }

  /**
   * Applies events in order. Skips those that were applied before: delivery is at least once.
   *
   * @throws ReloadRequired if an event is missing
   */
  apply(events: readonly EventFieldsFragment[]): void {
    let position = this.position;
    if (!position) throw new ReloadRequired('The copy is not loaded');
    this.#database.exec('begin immediate');
    try {
      for (const event of events) {
        const { sequence, cursor } = event;
        if (position.last !== null && sequence <= position.last) continue;
        if (position.last !== null && sequence > position.last + 1) {
          throw new ReloadRequired(`Event ${sequence} came after event ${position.last}`);
        }
        this.#applyOne(event);
        position = { cursor, first: position.first ?? sequence, last: sequence };
      }
      this.#run('update position set cursor = ?, first = ?, last = ?', position.cursor, position.first, position.last);
      this.#database.exec('commit');
    } catch (error) {
      this.#database.exec('rollback');
      throw error;
    }
  }

  /**
   * Applies one event. It contains the object as of the time of reading, which may be later than the event. That is
   * safe, because every change in between has its own event, which follows.
   */
  #applyOne(event: EventFieldsFragment): void {
    switch (event.__typename) {
      case 'UserProvisioned':
      case 'UserUpdated':
      case 'UserReactivated':
        if (event.user) this.#putUser(event.user);
        break;
      case 'UserDeprovisioned':
        if (event.reason === 'DELETED') this.#removeUser(event.userId);
        else if (event.user) this.#putUser(event.user);
        break;
      case 'GroupCreated':
      case 'GroupUpdated':
        if (event.group) this.#putGroup(event.group);
        break;
      case 'GroupDeleted':
        this.#removeGroup(event.groupId);
        break;
      case 'MembershipAdded':
        this.#addMember(event.groupId, event.memberId);
        break;
      case 'MembershipRemoved':
        this.#run('delete from memberships where group_id = ? and member_id = ?', event.groupId, event.memberId);
        break;
      case 'Checkpoint':
        break;
    }
  }

  #putUser({ id, userName, externalId, displayName, active, department, manager }: UserFieldsFragment): void {
    this.#run(
      'insert or replace into users values (?, ?, ?, ?, ?, ?, ?)',
      ...[id, userName, externalId, displayName, Number(active), department, manager?.id ?? null],
    );
  }

  #putGroup({ id, externalId, displayName }: GroupFieldsFragment): void {
    this.#run('insert or replace into groups values (?, ?, ?)', id, externalId, displayName);
  }

  #addMember(groupId: string, memberId: string): void {
    this.#run('insert or ignore into memberships values (?, ?)', groupId, memberId);
  }

  /** Removes a user and its memberships, for which there are no separate events. */
  #removeUser(id: string): void {
    this.#run('delete from users where id = ?', id);
    this.#run('delete from memberships where member_id = ?', id);
  }

  #removeGroup(id: string): void {
    this.#run('delete from groups where id = ?', id);
    this.#run('delete from memberships where group_id = ? or member_id = ?', id, id);
  }

  #run(sql: string, ...values: ReadonlyArray<string | number | null>): void {
    this.#database.prepare(sql).run(...values);
  }
}
