import type { DomainEventType, StoredEvent } from '../../src/domain/event/event.js';
import { newId } from '../../src/domain/kernel/id.js';
import type { Wire } from './scim-client.js';

/** One write. `user`, `group` and `member` select from those that are known at that time. */
export interface Step {
  readonly kind:
    | 'createUser'
    | 'createInactive'
    | 'retitle'
    | 'deactivate'
    | 'reactivate'
    | 'rename'
    | 'manage'
    | 'deleteUser'
    | 'createGroup'
    | 'add'
    | 'nest'
    | 'remove'
    | 'deleteGroup';
  readonly facade: 'scim' | 'graphql';
  readonly user: number;
  readonly group: number;
  readonly member: number;
  /** The client disconnects after this many milliseconds; undefined: it waits for the answer. */
  readonly abortAfter: number | undefined;
}

/** A write that was answered with success. */
export interface Acknowledged {
  readonly kind: Step['kind'];
  readonly requestId: string;
  /** The user or group that was written. */
  readonly id: string;
}

interface Call {
  readonly scim: { readonly method: string; readonly path: string; readonly body?: Wire };
  readonly graphql: { readonly mutation: string; readonly input: Wire; readonly select: string };
}

const PATCH_OP = 'urn:ietf:params:scim:api:messages:2.0:PatchOp';
const ENTERPRISE = 'urn:ietf:params:scim:schemas:extension:enterprise:2.0:User';
/** Returns the name of one of `people` people, in its original case or in upper case. */
function nameOf(number: number, people: number): string {
  const name = `Émile-${Math.floor(number / 2) % people}`;
  return number % 2 === 0 ? name : name.toUpperCase();
}

/** The event of each write that always changes something. Other writes are checked by the state at the end. */
const EXPECTED_EVENT: Partial<Record<Step['kind'], DomainEventType>> = {
  createUser: 'USER_PROVISIONED',
  createInactive: 'USER_PROVISIONED',
  createGroup: 'GROUP_CREATED',
  retitle: 'USER_UPDATED',
  deleteUser: 'USER_DEPROVISIONED',
  deleteGroup: 'GROUP_DELETED',
};

/** The parts of an event that a check of the log needs. */
export type LoggedEvent = Pick<StoredEvent, 'type' | 'payload'>;

/**
 * Returns whether the log contains exactly one event for an acknowledged write.
 *
 * @param log the events of each request
 */
export function isLogged(
  { kind, id, requestId }: Acknowledged,
  log: ReadonlyMap<string, readonly LoggedEvent[]>,
): boolean {
  const expected = EXPECTED_EVENT[kind];
  if (expected === undefined) return true;
  const about = ({ payload }: LoggedEvent): boolean =>
    ('userId' in payload && payload.userId === id) || ('groupId' in payload && payload.groupId === id);
  return (log.get(requestId) ?? []).filter((event) => event.type === expected && about(event)).length === 1;
}

/** The URLs and tokens for a write. */
export interface WriteTarget {
  readonly url: string;
  readonly scimUrl: string;
  readonly scimToken: string;
  readonly graphqlToken: string;
}

/** Writers of one directory that share the ids that exist or existed a moment ago. */
export class MixedWriters {
  readonly acknowledged: Acknowledged[] = [];
  /** Answers other than success, a client error, or a server error for a lost connection. */
  readonly unexpected: string[] = [];
  aborted = 0;
  failed = 0;
  /** Requests whose server was killed before it answered. */
  lost = 0;
  readonly #users: string[] = [];
  readonly #groups: string[] = [];

  /**
   * @param target called for each write
   * @param serversMayStop whether servers may be killed; otherwise a broken connection is an error
   * @param people the number of people; if they are few, writers contend for the same rows
   */
  constructor(
    private readonly target: () => WriteTarget,
    private readonly serversMayStop = false,
    private readonly people = 60,
  ) {}

  async run(steps: readonly Step[]): Promise<void> {
    for (const step of steps) await this.#take(step);
  }

  async #take(step: Step): Promise<void> {
    const requestId = newId();
    const user = this.#users[step.user % (this.#users.length || 1)];
    const group = this.#groups[step.group % (this.#groups.length || 1)];
    const member =
      step.kind === 'nest'
        ? this.#groups[step.member % (this.#groups.length || 1)]
        : this.#users[step.member % (this.#users.length || 1)];
    const call = toCall(step, requestId, { user, group, member }, nameOf(step.user, this.people));
    if (!call) return;
    const id = await this.#send(step, requestId, call);
    if (id === undefined) return;
    const target = call.scim.method === 'POST' ? id : (call.scim.path.split('/')[2] ?? '');
    this.acknowledged.push({ kind: step.kind, requestId, id: target });
    if (step.kind === 'createUser' || step.kind === 'createInactive') this.#users.push(id);
    if (step.kind === 'createGroup') this.#groups.push(id);
  }

  /** @returns the id in the answer, or '' if it has none; undefined if the write was not acknowledged */
  async #send(step: Step, requestId: string, { scim, graphql }: Call): Promise<string | undefined> {
    const { url, scimUrl, scimToken, graphqlToken } = this.target();
    const controller = new AbortController();
    const timer = step.abortAfter === undefined ? undefined : setTimeout(() => controller.abort(), step.abortAfter);
    const isScim = step.facade === 'scim';
    const query = `mutation ($input: ${graphql.mutation.charAt(0).toUpperCase()}${graphql.mutation.slice(1)}Input!) {
      result: ${graphql.mutation}(input: $input) { ${graphql.select} errors { code } } }`;
    const body: Wire = isScim ? scim.body : { query, variables: { input: graphql.input } };
    try {
      const response = await fetch(isScim ? scimUrl + scim.path : `${url}/graphql`, {
        method: isScim ? scim.method : 'POST',
        headers: {
          authorization: `Bearer ${isScim ? scimToken : graphqlToken}`,
          'content-type': isScim ? 'application/scim+json' : 'application/json',
          'x-request-id': requestId,
        },
        signal: controller.signal,
        ...(body === undefined ? {} : { body: JSON.stringify(body) }),
      });
      const text = await response.text();
      return this.#judge(response.status, text === '' ? undefined : JSON.parse(text), isScim, graphql.mutation);
    } catch (error) {
      if (controller.signal.aborted) this.aborted++;
      // Only the name identifies the error of fetch: its class is not the TypeError of Jest's own realm.
      else if (this.serversMayStop && (error as Error).name === 'TypeError') this.lost++;
      else throw error;
      return undefined;
    } finally {
      clearTimeout(timer);
    }
  }

  #judge(status: number, answer: Wire, isScim: boolean, mutation: string): string | undefined {
    if (isScim) {
      if (status === 200 || status === 201 || status === 204) return answer?.id ?? '';
      if (status >= 500) this.failed++;
      else if (![400, 404, 409].includes(status))
        this.unexpected.push(`${mutation} ${status} ${JSON.stringify(answer)}`);
      return undefined;
    }
    const result = answer?.data?.result;
    if (!result) {
      if (status === 503) {
        this.failed++;
        return undefined;
      }
      const codes: string[] = (answer?.errors ?? []).map((error: Wire) => error.extensions?.code);
      if (codes.length > 0 && codes.every((code) => code === 'INTERNAL_SERVER_ERROR' || code === 'SERVICE_UNAVAILABLE'))
        this.failed++;
      else this.unexpected.push(`${mutation} ${status} ${JSON.stringify(answer)}`);
      return undefined;
    }
    return result.errors.length > 0 ? undefined : (result.user?.id ?? result.group?.id ?? '');
  }
}

function patch(...operations: readonly Wire[]): Wire {
  return { schemas: [PATCH_OP], Operations: operations };
}

interface Known {
  readonly user: string | undefined;
  readonly group: string | undefined;
  readonly member: string | undefined;
}

/** Returns the same change for both façades; undefined while there is nothing to change. */
function toCall(step: Step, requestId: string, { user, group, member }: Known, userName: string): Call | undefined {
  const oneUser = { method: 'PATCH', path: `/Users/${user}` };
  const oneGroup = { method: 'PATCH', path: `/Groups/${group}` };
  const select = 'user { id }';
  switch (step.kind) {
    case 'createUser':
    case 'createInactive': {
      const active = step.kind === 'createUser';
      return {
        scim: { method: 'POST', path: '/Users', body: { schemas: [], userName, active } },
        graphql: { mutation: 'createUser', input: { userName, active }, select },
      };
    }
    case 'createGroup': {
      const displayName = `Group ${step.group % 12}`;
      const body = { schemas: [], displayName, members: member ? [{ value: member }] : [] };
      return {
        scim: { method: 'POST', path: '/Groups', body },
        graphql: {
          mutation: 'createGroup',
          input: { displayName, memberIds: member ? [member] : [] },
          select: 'group { id }',
        },
      };
    }
    case 'retitle':
      return user === undefined
        ? undefined
        : {
            // A new title each time: this always changes something.
            scim: { ...oneUser, body: patch({ op: 'Replace', path: 'title', value: requestId }) },
            graphql: { mutation: 'updateUser', input: { id: user, title: requestId }, select },
          };
    case 'rename':
      return user === undefined
        ? undefined
        : {
            scim: { ...oneUser, body: patch({ op: 'replace', value: { userName } }) },
            graphql: { mutation: 'updateUser', input: { id: user, userName }, select },
          };
    case 'manage':
      return user === undefined || member === undefined
        ? undefined
        : {
            scim: { ...oneUser, body: patch({ op: 'Add', path: `${ENTERPRISE}:manager`, value: member }) },
            graphql: { mutation: 'updateUser', input: { id: user, managerId: member }, select },
          };
    case 'deactivate':
    case 'reactivate': {
      const value = step.kind === 'reactivate' ? 'True' : 'False';
      return user === undefined
        ? undefined
        : {
            scim: { ...oneUser, body: patch({ op: 'Replace', path: 'active', value }) },
            graphql: { mutation: `${step.kind}User`, input: { id: user }, select },
          };
    }
    case 'deleteUser':
      return user === undefined
        ? undefined
        : {
            scim: { method: 'DELETE', path: `/Users/${user}` },
            graphql: { mutation: 'deleteUser', input: { id: user }, select: 'deletedUserId' },
          };
    case 'deleteGroup':
      return group === undefined
        ? undefined
        : {
            scim: { method: 'DELETE', path: `/Groups/${group}` },
            graphql: { mutation: 'deleteGroup', input: { id: group }, select: 'deletedGroupId' },
          };
    case 'add':
    case 'nest':
    case 'remove': {
      if (group === undefined || member === undefined) return undefined;
      const adds = step.kind !== 'remove';
      const op = adds ? 'Add' : 'Remove';
      return {
        scim: { ...oneGroup, body: patch({ op, path: 'members', value: [{ value: member }] }) },
        graphql: {
          mutation: adds ? 'addGroupMembers' : 'removeGroupMembers',
          input: { groupId: group, memberIds: [member] },
          select: 'group { id }',
        },
      };
    }
  }
}
