import { once } from 'node:events';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { startFaultyServer } from '../support/faulty-scim-server/server.js';
import { PorticoProcess, runPortico, until } from '../support/portico-process.js';
import { ScimClient } from '../support/scim-client.js';
import { startTestServer, type TestDirectory, type TestServer } from '../support/server.js';

let server: TestServer;
let directory: TestDirectory;
let folder: string;

beforeAll(async () => {
  server = await startTestServer();
  directory = await server.createDirectory();
  folder = await mkdtemp(join(tmpdir(), 'portico-rehearse-'));
});
afterAll(async () => {
  await PorticoProcess.killAll();
  await server.stop();
  await rm(folder, { recursive: true, force: true });
});

const call = (...more: readonly string[]) => ['rehearse', directory.scimUrl, '--token', directory.scimToken, ...more];
const clientAt = (url: string) =>
  ['--validate', '--token-url', url, '--client-id', 'entra', '--client-secret', 'hush-hush'] as const;
const SMALL = ['--users', '6', '--groups', '2', '--members', '3'];

async function usersLeft(): Promise<number> {
  const { body } = await new ScimClient(directory.scimUrl, directory.scimToken).get('/Users');
  return body.totalResults as number;
}

describe('portico rehearse', () => {
  test('ends with 0 where all is well, and shows plain lines where there is no terminal', async () => {
    const { code, stdout, stderr } = await runPortico(call(...SMALL));
    expect(stdout).toMatch(/^HEALTHY {2}This connection would stay healthy\.\n/);
    expect(stdout).toContain('All that the rehearsal made was removed.');
    expect(stderr).toMatch(/^test connection +1\/1 .*p50 \d+ ms +p99 \d+ ms +0 failed$/m);
    expect(stderr).not.toContain('\u001b');
    expect([code, await usersLeft()]).toEqual([0, 0]);
  });

  test('prints JSON, writes a page, and the token stands in neither', async () => {
    const file = join(folder, 'report.html');
    const { code, stdout } = await runPortico(
      call(...SMALL, '--json', '--report', file, '--profile', 'ideo', '--seed', 's'),
    );
    const result = JSON.parse(stdout);
    expect([code, result.verdict.isHealthy, result.profile, result.seed]).toEqual([0, true, 'IDEO', 's']);
    const page = await readFile(file, 'utf8');
    expect(page).toMatch(/^<!doctype html>/);
    expect(stdout + page).not.toContain(directory.scimToken);
  });

  test('makes the checks of the validators when told to, with a page of its own', async () => {
    const file = join(folder, 'validation.html');
    const { code, stdout } = await runPortico(call('--validate', '--report', file));
    expect(stdout).toMatch(
      /^PASSED {2}This endpoint would pass what can be checked from here: \d+ passed, 0 failed, 1 warned of, 2 skipped\./,
    );
    expect(stdout).toContain('All that the rehearsal made was removed.');
    expect([code, await usersLeft()]).toEqual([0, 0]);
    const page = await readFile(file, 'utf8');
    expect(page).toContain('<title>Validation of ');
    expect(stdout + page).not.toContain(directory.scimToken);
  });

  test('asks a token endpoint for a token when told where, and neither secret stands anywhere', async () => {
    const { scimToken } = directory;
    const answer = JSON.stringify({ access_token: scimToken, token_type: 'Bearer', expires_in: 3600 });
    const endpoint = createServer((_request, response) => response.end(answer)).listen(0, '127.0.0.1');
    await once(endpoint, 'listening');
    const { port } = endpoint.address() as AddressInfo;
    const file = join(folder, 'credentials.json');
    const { code, stdout, stderr } = await runPortico(
      call(...clientAt(`http://127.0.0.1:${port}/token`), '--scope', 'scim', '--report', file),
    );
    endpoint.close();
    expect(stdout).toContain('  ok    Validate_Credentials\n');
    expect(code).toBe(0);
    for (const secret of ['hush-hush', scimToken]) {
      expect(stdout + stderr + (await readFile(file, 'utf8'))).not.toContain(secret);
    }
  });

  test('ends with 1 where something is wrong, and says what', async () => {
    const wrong = createServer((_request, response) => response.writeHead(500).end('{}')).listen(0, '127.0.0.1');
    await once(wrong, 'listening');
    const { port } = wrong.address() as AddressInfo;
    const { code, stdout } = await runPortico(['rehearse', `http://127.0.0.1:${port}/scim`, '--token', 'x']);
    wrong.close();
    expect([code, stdout.split('\n')[0]]).toEqual([
      1,
      'NOT HEALTHY  Test Connection fails: the endpoint fails with an error of its own.',
    ]);
  });

  test('tells before anything is sent what it will do, and what its status means', async () => {
    const { code, stdout } = await runPortico(['rehearse', '--help']);
    expect(code).toBe(0);
    expect(stdout).toMatch(/named\s+rehearsal-….*deleted at the\s+end/s);
    expect(stdout).toMatch(/Exit status:\n {2}0 .*\n {2}1 .*\n {2}2 .*\n\nExample:\n {2}portico rehearse https:/);
  });

  test('on Ctrl-C removes what it made', async () => {
    const running = new PorticoProcess(call('--users', '5000', '--seed', 'interrupted'), {});
    await until('there are users', async () => (await usersLeft()) > 20);
    // As npm passes it on: twice.
    running.kill('SIGINT');
    const { code, stdout, stderr } = await running.stop();
    expect([code, stdout.split('\n')[0]]).toEqual([
      1,
      'NO VERDICT  The rehearsal was interrupted: there is no verdict.',
    ]);
    expect(stderr).toMatch(/^portico: stopping and deleting what was created; press Ctrl-C again to keep the rest$/m);
    expect(await usersLeft()).toBe(0);
  });

  test('removes what it made although its terminal is gone', async () => {
    const running = new PorticoProcess(call('--users', '5000', '--seed', 'hung-up'), {});
    await until('there are users', async () => (await usersLeft()) > 20);
    expect(await running.hangUp()).toBe(1);
    expect(await usersLeft()).toBe(0);
  });

  test('on another Ctrl-C leaves the rest there, lists it, and ends although the endpoint hangs', async () => {
    const hanging = await startFaultyServer({ transport: 'hangs', transportFrom: 400 });
    const { tenantUrl, token } = hanging;
    const running = new PorticoProcess(
      ['rehearse', tenantUrl, '--token', token, '--users', '500', '--seed', 'twice'],
      {},
    );
    await until('it hangs', () => hanging.requests() >= 408);
    running.kill('SIGINT');
    await until('it has been told to stop', () => running.output.includes('press Ctrl-C again'));
    const first = Date.now();
    await until('no second signal is the same Ctrl-C any more', () => Date.now() - first > 1_000);
    const { code, stdout, stderr } = await running.stop();
    expect([code, stdout.split('\n')[0]]).toEqual([
      1,
      'NO VERDICT  The rehearsal was interrupted: there is no verdict.',
    ]);
    expect(stderr).toContain('portico: keeping the rest, which the report lists');
    const left = Number(/still there \((\d+)\):$/m.exec(stdout)?.[1]);
    expect(left).toBeGreaterThanOrEqual(hanging.count().users);
    expect(stdout).toContain('The same command with --seed twice removes them.');
    await hanging.stop();
  });

  test('tells in one line what cannot be run as it was called', async () => {
    const CALLS: ReadonlyArray<readonly [readonly string[], RegExp]> = [
      [['rehearse', 'http://x'], /required option '--token <token>'/],
      [['rehearse', 'nowhere', '--token', 'x'], /the tenant URL is no URL/],
      [['rehearse', 'https://u:p@x', '--token', 'x'], /the tenant URL must not hold a password/],
      [['rehearse', 'http://x', '--token', 'two\nlines'], /--token must not contain spaces/],
      [call('--users', '0'), /Expected a whole number of at least 1/],
      [call('--dialect', 'okta'), /Allowed choices are default, aadOptscim062020, both/],
      [call('--client-id', 'c'), /--token-url, --client-id, --client-secret and --scope require --validate/],
      [call('--validate', '--client-id', 'c'), /--token-url, --client-id and --client-secret must be given together/],
      [call(...clientAt('nowhere')), /--token-url must begin with https:\/\/ or http:\/\//],
      [call(...clientAt('https://u:p@x')), /--token-url must not hold a password/],
      [call('--validate', '--users', '5'), /'--validate' cannot be used with option '--users <count>'/],
      [call('--profile', 'workday'), /--profile must be a file or one of non-gallery, everything, olfeo-saas/],
      [call('--profile', './nowhere.json'), /nowhere\.json cannot be read/],
      [call('--profile', 'constructor'), /--profile must be a file or one of non-gallery, everything, olfeo-saas/],
      [call('--profile', 'LICENSE'), /LICENSE begins with "MIT License", where no column of target attributes is/],
      [call('--usres', '5'), /unknown option '--usres' \(Did you mean --users\?\)/],
      [call(...SMALL, '--report', join(folder, 'no/such/folder.html')), /folder\.html cannot be written/],
    ];
    for (const [parameters, line] of CALLS) {
      const { code, stdout, stderr } = await runPortico(parameters);
      const complaint = stderr.split('\n').filter((one) => one.startsWith('portico: '));
      expect({ parameters, code, stdout, complaint }).toEqual({
        parameters,
        code: 2,
        stdout: '',
        complaint: [expect.stringMatching(line)],
      });
    }
  });
});
