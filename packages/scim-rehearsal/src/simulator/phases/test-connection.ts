import type { ScimResponse } from '../../client/exchange.js';
import { toEqualFilter, toResources } from '../../client/resource.js';
import type { RequestOptions } from '../../client/scim-client.js';
import { summarizeResponse } from '../../client/summarize-response.js';
import { matchingRows } from '../../profile/profile.js';
import { FLAG } from '../dialect/dialect.js';
import type { RuleId } from '../rules/finding.js';
import { AbortRun } from '../session/run-errors.js';
import type { Session } from '../session/session.js';

const STEP = 'test connection';

/**
 * Performs Test Connection: a search for a user that cannot exist, without a User-Agent header (seen in reports), which must
 * return an empty list.
 *
 * @throws AbortRun after reporting why the endpoint cannot be provisioned at all
 */
export async function testConnection(session: Session): Promise<void> {
  await tryConnection(session);
  session.isConnected = true;
}

async function tryConnection(session: Session): Promise<void> {
  const [row] = matchingRows(session.profile.users);
  const filter = toEqualFilter(row?.path ?? 'userName', session.random.uuid());
  const send = (options: Partial<RequestOptions>) =>
    session.send('GET', '/Users', { query: { filter }, step: STEP, by: 'check', ...options });
  const response = await send({ by: 'entra', userAgent: session.findings.has('user-agent-demanded') });
  const { tenantUrl } = session.options;
  if (isPlainHttp(tenantUrl) && !session.isConnected)
    session.report('plain-http', response, STEP, 'https://…', new URL(tenantUrl).origin);
  if (response.status === 200) {
    checkList(session, response);
    return;
  }
  if (response.status === 404 && (await send({ query: { count: 1 } })).status === 200) {
    session.report('no-match-is-404', response, STEP, '200 and an empty list');
    return;
  }
  if (response.status === 400 || response.status === 403 || response.status === 406) {
    if ((await send({})).status === 200) {
      session.report('user-agent-demanded', response, STEP, '200 without a User-Agent');
      return;
    }
    if (await isRefusedForItsFlag(session, send)) {
      session.report('flag-refused', response, STEP, '200, regardless of flags on the Tenant URL');
      return;
    }
  }
  session.report(ruleOf(session, response), response, STEP, '200 and an empty list');
  throw new AbortRun();
}

/** True for an http URL, which Entra does not accept. Loopback addresses are exempt. */
export function isPlainHttp(tenantUrl: string): boolean {
  const { protocol, hostname } = new URL(tenantUrl);
  return protocol === 'http:' && !/^(localhost|.+\.localhost|127(\.\d+){3}|\[::1\])$/.test(hostname);
}

function checkList(session: Session, response: ScimResponse): void {
  const found = toResources(response.body);
  if (response.content === 'html' || response.content === 'text') {
    session.report(ruleOf(session, response), response, STEP, 'a ListResponse');
    throw new AbortRun();
  }
  if (!found || Array.isArray(response.body)) {
    session.report('not-a-list', response, STEP, 'a ListResponse', found ? 'a bare list' : summarizeResponse(response));
  } else if (found.length > 0) {
    session.report('filter-ignored', response, STEP, 'no users', `${found.length} users`);
  }
  if (!found) throw new AbortRun();
}

/** Checks whether the search succeeds without the flag, which is then omitted from further requests. */
async function isRefusedForItsFlag(
  session: Session,
  send: (options: Partial<RequestOptions>) => Promise<ScimResponse>,
): Promise<boolean> {
  const { flags } = session.client;
  if (!flags) return false;
  const others = flags.split('&').filter((flag) => !flag.startsWith(FLAG));
  session.client.setFlags(others.join('&'));
  if ((await send({ userAgent: false })).status === 200) return true;
  session.client.setFlags(flags);
  return false;
}

/** The rule that an unusable response violates. */
function ruleOf({ isConnected }: Session, { status, content, headers }: ScimResponse): RuleId {
  if (status >= 500) return 'server-error';
  // Provisioning on demand tests the connection again, at a URL that has worked before.
  if (isConnected && content === 'html') return 'answers-html';
  if (status === 404 || status === 410 || (status >= 300 && status < 400) || headers['location'] !== undefined) {
    return 'wrong-url';
  }
  if (content === 'html') return 'answers-html';
  if (status === 403) return 'token-refused';
  if (content === 'text') return 'answer-not-json';
  return status === 405 ? 'wrong-url' : 'user-search-refused';
}
