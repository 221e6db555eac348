import { once } from 'node:events';
import { createServer, type IncomingMessage, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterEach, describe, expect, test } from '@jest/globals';
import { toValidationHtml } from '../../../packages/scim-rehearsal/src/report/validation-html-report.js';
import { toJsonReport } from '../../../packages/scim-rehearsal/src/report/json-report.js';
import { toValidationText } from '../../../packages/scim-rehearsal/src/report/validation-text-report.js';
import type { CheckResult } from '../../../packages/scim-rehearsal/src/validator/context/check.js';
import { validate } from '../../../packages/scim-rehearsal/src/validator/validate.js';
import { startFaultyServer } from '../../support/faulty-scim-server/server.js';
import { RecordingProgress } from '../../support/rehearsal.js';

const CLIENT = 'entra one';
/** Contains characters that form encoding, Base64 and JSON encode differently. */
const SECRET = 'hush: 100% "sécret"+/=';

/** A request that the token endpoint received. */
interface Asked {
  readonly authorization: string | undefined;
  readonly type: string | undefined;
  readonly encoding: string | string[] | undefined;
  readonly form: Readonly<Record<string, string>>;
}

interface Answer {
  readonly status?: number;
  readonly body: object | string;
}

const servers: Server[] = [];

afterEach(() => {
  for (const server of servers.splice(0)) {
    server.close();
    server.closeAllConnections();
  }
});

/** Starts a token endpoint with the given responses. */
async function startTokenEndpoint(answer: (asked: Asked) => Answer): Promise<{ tokenUrl: URL; asked: Asked[] }> {
  const asked: Asked[] = [];
  const server = createServer((request, response) => {
    void readForm(request).then((form) => {
      const { authorization, 'content-type': type, 'accept-encoding': encoding } = request.headers;
      asked.push({ authorization, type, encoding, form });
      const { status = 200, body } = answer(asked.at(-1)!);
      response.writeHead(status, { 'content-type': 'application/json' });
      response.end(typeof body === 'string' ? body : JSON.stringify(body));
    });
  }).listen(0, '127.0.0.1');
  servers.push(server);
  await once(server, 'listening');
  return { tokenUrl: new URL(`http://127.0.0.1:${(server.address() as AddressInfo).port}/token`), asked };
}

async function readForm(request: IncomingMessage): Promise<Record<string, string>> {
  const chunks: Buffer[] = [];
  for await (const chunk of request) chunks.push(chunk as Buffer);
  return Object.fromEntries(new URLSearchParams(Buffer.concat(chunks).toString('utf8')));
}

/** Returns the secret of an Authorization header (RFC 6749 §2.3.1). */
function secretOf({ authorization = '' }: Asked): string | undefined {
  const pair = Buffer.from(authorization.replace(/^Basic /, ''), 'base64').toString('utf8');
  return new URLSearchParams(`x=${pair.split(':')[1] ?? ''}`).get('x') ?? undefined;
}

/** Runs the check against a faultless server, and returns its result with all reports. */
async function checkAt(tokenUrl: URL, scope?: string): Promise<CheckResult & { readonly reports: string }> {
  const server = await startFaultyServer();
  const { tenantUrl, token } = server;
  const credentials = { tokenUrl, clientId: CLIENT, clientSecret: SECRET, scope };
  const options = { tenantUrl, token, seed: 'test', keep: false, timeout: 2_000, credentials };
  try {
    const result = await validate(options, new RecordingProgress());
    // The other checks do not depend on the token endpoint.
    expect(result.checks.filter(({ verdict }) => verdict === 'skipped').map(({ name }) => name)).toEqual([
      'Federated_Identity',
    ]);
    const check = result.checks.find(({ name }) => name === 'Validate_Credentials')!;
    return { ...check, reports: toJsonReport(result) + toValidationText(result) + toValidationHtml(result) };
  } finally {
    await server.stop();
  }
}

const TOKEN = 'a-token-of-another-server';
const GOOD = { access_token: TOKEN, token_type: 'Bearer', expires_in: 3_600 };

describe('Validate_Credentials', () => {
  test('sends the secret in the header, with the scope, and uses the token', async () => {
    const { tokenUrl, asked } = await startTokenEndpoint(() => ({ body: { ...GOOD, token_type: 'bearer' } }));
    expect(await checkAt(tokenUrl, 'scim all')).toMatchObject({ verdict: 'passed' });
    expect(asked).toHaveLength(1);
    expect(asked[0]).toMatchObject({
      type: expect.stringMatching(/^application\/x-www-form-urlencoded/),
      // Over https, fetch would request Brotli by default.
      encoding: 'identity',
      form: { grant_type: 'client_credentials', scope: 'scim all' },
    });
    expect(asked[0]!.form).not.toHaveProperty('client_secret');
    expect(secretOf(asked[0]!)).toBe(SECRET);
  });

  test.each([400, 401])('sends the secret in the body if the header is rejected with %i', async (status) => {
    const { tokenUrl, asked } = await startTokenEndpoint(({ form }) =>
      form['client_secret'] === SECRET && form['client_id'] === CLIENT
        ? { body: GOOD }
        : { status, body: { error: 'invalid_client' } },
    );
    expect(await checkAt(tokenUrl)).toMatchObject({ verdict: 'passed' });
    expect(asked.map(({ authorization }) => authorization !== undefined)).toEqual([true, false]);
    expect(asked[1]!.form).toEqual({
      grant_type: 'client_credentials',
      client_id: CLIENT,
      client_secret: SECRET,
    });
  });

  const WRONG: ReadonlyArray<readonly [string, Answer, RegExp]> = [
    ['no JSON', { body: `access_token=${TOKEN}` }, /is not a JSON object/],
    ['no token', { body: { ...GOOD, access_token: undefined } }, /contains no access_token/],
    ['another type', { body: { ...GOOD, token_type: 'mac' } }, /token_type is mac instead of Bearer/],
    ['no lifetime', { body: { ...GOOD, expires_in: undefined } }, /expires_in is nothing/],
    ['a lifetime as text', { body: { ...GOOD, expires_in: 'soon' } }, /expires_in is soon/],
    ['59 minutes', { body: { ...GOOD, expires_in: 3_599 } }, /instead of 3600 to 21600 seconds/],
    ['361 minutes', { body: { ...GOOD, expires_in: 21_601 } }, /instead of 3600 to 21600 seconds/],
    ['an unknown token', { body: { ...GOOD, access_token: 'other-token' } }, /new token was answered with 401/],
    ['a redirect', { status: 302, body: {} }, /answers with 302/],
    [
      'an error with the secret',
      { status: 403, body: { error: `not ${SECRET}` } },
      /answers with 403 \(not \[secret\]\)/,
    ],
  ];

  test.each(WRONG)('fails for %s, and shows neither secret nor token', async (_name, answer, reason) => {
    const { tokenUrl } = await startTokenEndpoint(() => answer);
    const { reports, ...check } = await checkAt(tokenUrl);
    expect(check).toMatchObject({ verdict: 'failed', reason: expect.stringMatching(reason), exchange: {} });
    const hidden = [SECRET, JSON.stringify(SECRET).slice(1, -1), TOKEN, 'other-token', 'aHVzaDo'];
    for (const one of [...hidden, encodeURIComponent(SECRET)]) expect(reports).not.toContain(one);
  });

  test('fails if the token endpoint does not respond, and does not affect other checks', async () => {
    const { tokenUrl } = await startTokenEndpoint(() => ({ body: GOOD }));
    servers[0]!.close();
    await once(servers[0]!, 'close');
    expect(await checkAt(tokenUrl)).toMatchObject({
      verdict: 'failed',
      reason: expect.stringMatching(/does not respond: .*ECONNREFUSED/),
    });
  });
});
