import { connectDatabase, type ConnectedDatabase, type DatabaseOptions } from '../../src/database/orm.js';
import type { Actor } from '../../src/domain/kernel/actor.js';
import type { Command } from '../../src/domain/write/command.js';
import { createDirectory } from '../../src/domain/directory/directory-commands.js';
import { readEvents } from '../../src/domain/event/event-log.js';
import type { StoredEvent } from '../../src/domain/event/event.js';
import { execute, type Outcome } from '../../src/domain/execute.js';
import type { StoredGroup } from '../../src/domain/group/group-row.js';
import { newId } from '../../src/domain/kernel/id.js';
import type { JsonObject, JsonValue } from '../../src/domain/kernel/json.js';
import type { AttributeOperation } from '../../src/domain/attributes/attribute-operation.js';
import { parseAttributes } from '../../src/domain/attributes/attributes.js';
import { ENTERPRISE_URN } from '../../src/domain/schema/enterprise-user.js';
import { findAttributePath, GROUP_SCHEMA, USER_SCHEMA } from '../../src/domain/schema/resource-schema.js';
import type { StoredUser } from '../../src/domain/user/user-row.js';
import { createStore, type CommandObserver, type Store } from '../../src/domain/store.js';
import { createTestDatabase } from './database.js';

/** The domain on a separate database, without a server. */
export interface TestDomain extends ConnectedDatabase, Store {
  readonly url: string;
  /** Sets the observer of later commands. */
  observe(observer: CommandObserver): void;
  createDirectory(): Promise<DomainDirectory>;
  close(): Promise<void>;
}

interface TestDomainOptions {
  /** An existing database, for tests that simulate several processes on one. */
  readonly url?: string;
  readonly clientClass?: DatabaseOptions['clientClass'];
  readonly poolSize?: number;
}

let directories = 0;

/** Connects to a new test database, or to that of another test domain. */
export async function openTestDomain(options: TestDomainOptions = {}): Promise<TestDomain> {
  const own = options.url === undefined ? await createTestDatabase() : undefined;
  const url = options.url ?? own?.url ?? '';
  const { clientClass, poolSize = 10 } = options;
  const database = await connectDatabase({ url, prepared: true, poolSize, ...(clientClass ? { clientClass } : {}) });
  let observer: CommandObserver = {};
  const store = createStore(database, {
    observer: {
      onCommit: (events) => observer.onCommit?.(events),
      onExecuted: (command, outcome, seconds) => observer.onExecuted?.(command, outcome, seconds),
    },
  });
  return {
    ...database,
    ...store,
    url,
    observe(next) {
      observer = next;
    },
    async createDirectory() {
      const { id, slug } = await createDirectory(database.em, { slug: `d${++directories}-${Date.now().toString(36)}` });
      return new DomainDirectory(store, id, slug);
    },
    async close() {
      await database.orm.close();
      await own?.drop();
    },
  };
}

/** A directory that tests change by commands and inspect by SQL. */
export class DomainDirectory {
  readonly actor: Actor;

  constructor(
    private readonly store: Store,
    readonly id: string,
    readonly slug: string,
  ) {
    this.actor = { directoryId: id, name: 'tester', source: 'SYSTEM', requestId: 'request-1' };
  }

  execute(...commands: readonly Command[]): Promise<Outcome> {
    return execute(this.store, this.actor, commands);
  }

  /** Executes commands with an expected version. */
  executeAt(version: number, ...commands: readonly Command[]): Promise<Outcome> {
    return execute(this.store, this.actor, commands, version);
  }

  async createUser(userName: string, more: JsonObject = {}): Promise<StoredUser> {
    const { user } = await this.execute(toCreateUser(userName, more));
    return user!;
  }

  async createGroup(displayName: string, ...memberIds: readonly string[]): Promise<StoredGroup> {
    const { group } = await this.execute(toCreateGroup(displayName, memberIds));
    return group!;
  }

  updateUser(id: string, changes: Readonly<Record<string, JsonValue>>): Promise<Outcome> {
    return this.execute(toUpdateUser(id, changes));
  }

  deleteUser(id: string): Promise<Outcome> {
    return this.execute({ type: 'DeleteUser', id });
  }

  addMembers(groupId: string, ...memberIds: readonly string[]): Promise<Outcome> {
    return this.execute({ type: 'AddMembers', groupId, memberIds });
  }

  removeMembers(groupId: string, ...memberIds: readonly string[]): Promise<Outcome> {
    return this.execute({ type: 'RemoveMembers', groupId, memberIds });
  }

  /** Reads the whole log after a sequence. */
  events(after = 0): Promise<StoredEvent[]> {
    return readEvents(this.store, this.id, after, 1_000_000);
  }

  /** Runs SQL with the directory's id as `$1`. */
  async sql<Row extends object>(text: string, ...values: readonly unknown[]): Promise<Row[]> {
    return (await this.store.pool.query<Row>(text, [this.id, ...values])).rows;
  }

  /** Reads the version and time of the last change from the row of a user or group. */
  async stamp(table: 'users' | 'groups', id: string): Promise<{ version: number; updatedAt: string }> {
    const columns = 'version, updated_at::text as "updatedAt"';
    const [row] = await this.sql<{ version: number; updatedAt: string }>(
      `select ${columns} from ${table} where directory_id = $1 and id = $2`,
      id,
    );
    return row!;
  }

  /** Returns counters of the directory and its groups, and indexed e-mail addresses of users, that differ from the data. */
  async miscounts(): Promise<object[]> {
    return this.sql(`
      select 'directory' as what, c.user_count, c.group_count, c.sequence
      from directory_counters c where c.directory_id = $1 and (
        c.user_count <> (select count(*) from users where directory_id = $1)
        or c.group_count <> (select count(*) from groups where directory_id = $1)
        or c.sequence <> (select coalesce(max(sequence), 0) from events where directory_id = $1))
      union all
      select g.display_name, g.member_count, g.version, null from groups g where g.directory_id = $1 and g.member_count
        <> (select count(*) from memberships m where m.directory_id = g.directory_id and m.group_id = g.id)
      union all
      select coalesce(kept.email_key, meant.email_key), null, null, null
      from (select user_id, email_key from user_emails where directory_id = $1) kept
      full join (
        select distinct u.id as user_id, email ->> 'value' as email_key
        from users u, jsonb_array_elements(u.attribute_keys -> 'emails') as email
        where u.directory_id = $1 and email ->> 'value' is not null
      ) meant on meant.user_id = kept.user_id and meant.email_key = kept.email_key
      where kept.user_id is null or meant.user_id is null`);
  }
}

export function toCreateUser(userName: string, more: JsonObject = {}): Command & { readonly id: string } {
  return { type: 'CreateUser', id: newId(), attributes: parseAttributes(USER_SCHEMA, { userName, ...more }) };
}

export function toCreateGroup(
  displayName: string,
  memberIds: readonly string[] = [],
): Command & { readonly id: string } {
  return { type: 'CreateGroup', id: newId(), attributes: parseAttributes(GROUP_SCHEMA, { displayName }), memberIds };
}

/** Replaces core or enterprise attributes of a user; `manager` is `{ value }`, and `null` clears an attribute. */
export function toUpdateUser(id: string, changes: Readonly<Record<string, JsonValue>>): Command {
  const operations = Object.entries(changes).map(([name, value]): AttributeOperation => {
    const path =
      findAttributePath(USER_SCHEMA, undefined, name) ?? findAttributePath(USER_SCHEMA, ENTERPRISE_URN, name);
    return { op: 'replace', path: path!, value };
  });
  return { type: 'UpdateUser', id, operations };
}

/** Renames a group. */
export function toRenameGroup(id: string, displayName: string): Command {
  const path = findAttributePath(GROUP_SCHEMA, undefined, 'displayName')!;
  return { type: 'UpdateGroup', id, operations: [{ op: 'replace', path, value: displayName }] };
}
