import { FLAG } from '../dialect/patch-writer.js';
import { equals, toResources } from '../session/entra-requests.js';
import type { Answer } from '../../client/exchange.js';
import type { RuleId } from '../rules/finding.js';
import { matchingRows } from '../../profile/profile.js';
import type { RequestOptions } from '../../client/scim-client.js';
import { toSeen } from '../../client/summarize-response.js';
import { Stopped } from '../session/run-errors.js';
import type { Session } from '../session/session.js';

const STEP = 'test connection';

/**
 * Test Connection: a search for a user that cannot exist, seen without a User-Agent. Only an empty list is a working
 * connection. What keeps Entra out altogether gets its one diagnosis here and ends the rehearsal.
 *
 * @throws Stopped
 */
export async function testConnection(session: Session): Promise<void> {
  await tryConnection(session);
  session.isConnected = true;
}

async function tryConnection(session: Session): Promise<void> {
  const [row] = matchingRows(session.profile.users);
  const filter = equals(row?.path ?? 'userName', session.random.uuid());
  const send = (options: Partial<RequestOptions>) =>
    session.send('GET', '/Users', { query: { filter }, step: STEP, by: 'check', ...options });
  const mayLack = !session.findings.has('user-agent-demanded');
  const answer = await send({ by: 'entra', userAgent: !mayLack });
  const { tenantUrl } = session.options;
  if (isPlainHttp(tenantUrl) && !session.isConnected)
    session.tell('plain-http', answer, STEP, 'https://…', new URL(tenantUrl).origin);
  if (answer.status === 200) {
    judgeList(session, answer);
    return;
  }
  if (answer.status === 404 && (await send({ query: { count: 1 } })).status === 200) {
    session.tell('no-match-is-404', answer, STEP, '200 and an empty list');
    return;
  }
  if (answer.status === 400 || answer.status === 403 || answer.status === 406) {
    if ((await send({})).status === 200) {
      session.tell('user-agent-demanded', answer, STEP, '200 without a User-Agent');
      return;
    }
    if (await isRefusedForItsFlag(session, send)) {
      session.tell('flag-refused', answer, STEP, '200 whatever flags the tenant URL carries');
      return;
    }
  }
  session.tell(causeOf(session, answer), answer, STEP, '200 and an empty list');
  throw new Stopped();
}

/** True for a URL that Entra would not call for its http; on the same machine, nobody expects a certificate. */
export function isPlainHttp(tenantUrl: string): boolean {
  const { protocol, hostname } = new URL(tenantUrl);
  return protocol === 'http:' && !/^(localhost|.+\.localhost|127(\.\d+){3}|\[::1\])$/.test(hostname);
}

function judgeList(session: Session, answer: Answer): void {
  const found = toResources(answer.body);
  if (answer.content === 'html' || answer.content === 'text') {
    session.tell(causeOf(session, answer), answer, STEP, 'a ListResponse');
    throw new Stopped();
  }
  if (!found || Array.isArray(answer.body)) {
    session.tell('not-a-list', answer, STEP, 'a ListResponse', found ? 'a bare list' : toSeen(answer));
  } else if (found.length > 0) {
    session.tell('filter-ignored', answer, STEP, 'nobody', `${found.length} users`);
  }
  if (!found) throw new Stopped();
}

/** Without the flag the same search works: from here on it is left away. */
async function isRefusedForItsFlag(
  session: Session,
  send: (options: Partial<RequestOptions>) => Promise<Answer>,
): Promise<boolean> {
  const { flags } = session.endpoint;
  if (!flags) return false;
  const others = flags.split('&').filter((flag) => !flag.startsWith(FLAG));
  session.endpoint.setFlags(others.join('&'));
  if ((await send({ userAgent: false })).status === 200) return true;
  session.endpoint.setFlags(flags);
  return false;
}

/** What an answer that ends everything means. */
function causeOf({ isConnected }: Session, { status, content, headers }: Answer): RuleId {
  if (status >= 500) return 'server-error';
  // Before it provisions on demand, Entra tests the connection again: the URL was right until then.
  if (isConnected && content === 'html') return 'answers-html';
  if (status === 404 || status === 410 || (status >= 300 && status < 400) || headers['location'] !== undefined) {
    return 'wrong-url';
  }
  if (content === 'html') return 'answers-html';
  if (status === 403) return 'token-refused';
  if (content === 'text') return 'answer-not-json';
  return status === 405 ? 'wrong-url' : 'user-search-refused';
}
