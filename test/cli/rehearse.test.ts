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
const SMALL = ['--users', '6', '--groups', '2', '--members', '3'];

async function usersLeft(): Promise<number> {
  const { body } = await new ScimClient(directory.scimUrl, directory.scimToken).get('/Users');
  return body.totalResults as number;
}

describe('portico rehearse', () => {
  test('ends with 0 if the endpoint is healthy, and displays progress in lines if there is no terminal', async () => {
    const { code, stdout, stderr } = await runPortico(call(...SMALL));
    expect(stdout).toMatch(/^HEALTHY {2}This connection would stay healthy\.\n/);
    expect(stdout).toContain('Everything that the rehearsal created was deleted.');
    expect(stderr).toMatch(/^test connection +1\/1 .*p50 \d+ ms +p99 \d+ ms +0 failed$/m);
    expect(stderr).not.toContain('\u001b');
    expect([code, await usersLeft()]).toEqual([0, 0]);
  });

  test('prints JSON and writes an HTML report, neither of which contains the token', async () => {
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

  test('runs the checks of the validators, with a report of their own', async () => {
    const file = join(folder, 'validation.html');
    const { code, stdout } = await runPortico(call('--validate', '--report', file));
    expect(stdout).toMatch(
      /^PASSED {2}This endpoint passes every check that can be run here: \d+ passed, 0 failed, 1 warned, 2 skipped\./,
    );
    expect(stdout).toContain('Everything that the rehearsal created was deleted.');
    expect([code, await usersLeft()]).toEqual([0, 0]);
    const page = await readFile(file, 'utf8');
    expect(page).toContain('<title>Validation of ');
    expect(stdout + page).not.toContain(directory.scimToken);
  });

  test('requests a token with client credentials, and shows neither secret', async () => {
    const { scimToken } = directory;
    const answer = JSON.stringify({ access_token: scimToken, token_type: 'Bearer', expires_in: 3600 });
    const endpoint = createServer((_request, response) => response.end(answer)).listen(0, '127.0.0.1');
    await once(endpoint, 'listening');
    const { port } = endpoint.address() as AddressInfo;
    const file = join(folder, 'credentials.json');
    const { code, stdout, stderr } = await runPortico(
      call(
        ...['--validate', '--token-url', `http://127.0.0.1:${port}/token`, '--client-id', 'entra'],
        ...['--client-secret', 'hush-hush', '--scope', 'scim', '--report', file],
      ),
    );
    endpoint.close();
    expect(stdout).toContain('  ok    Validate_Credentials\n');
    expect(code).toBe(0);
    for (const secret of ['hush-hush', scimToken]) {
      expect(stdout + stderr + (await readFile(file, 'utf8'))).not.toContain(secret);
    }
  });

  test('exits with 1 and the reason if the endpoint is not healthy', async () => {
    const wrong = createServer((_request, response) => response.writeHead(500).end('{}')).listen(0, '127.0.0.1');
    await once(wrong, 'listening');
    const { port } = wrong.address() as AddressInfo;
    const { code, stdout } = await runPortico(['rehearse', `http://127.0.0.1:${port}/scim`, '--token', 'x']);
    wrong.close();
    expect([code, stdout.split('\n')[0]]).toEqual([
      1,
      'NOT HEALTHY  Test Connection fails: the endpoint returns a server error.',
    ]);
  });

  test.each(['rehearse --help', 'help rehearse'])(
    '%s says what it creates and what its exit status means',
    async (line) => {
      const { code, stdout } = await runPortico(line.split(' '));
      expect(code).toBe(0);
      expect(stdout).toMatch(/^Usage: portico rehearse <tenantUrl> /);
      expect(stdout).toMatch(/names start with\s+"rehearsal-".*deleted at\s+the end/s);
      expect(stdout).toMatch(/Exit status:\n {2}0 .*\n {2}1 .*\n {2}2 .*\n\nExample:\n {2}portico rehearse https:/);
    },
  );

  test('deletes what it created on Ctrl-C', async () => {
    const running = new PorticoProcess(call('--users', '5000', '--seed', 'interrupted'), {});
    await until('there are users', async () => (await usersLeft()) > 20);
    // Twice, as npm forwards it.
    running.kill('SIGINT');
    const { code, stdout, stderr } = await running.stop();
    expect([code, stdout.split('\n')[0]]).toEqual([
      1,
      'NO VERDICT  The rehearsal was interrupted: there is no verdict.',
    ]);
    expect(stderr).toMatch(/^portico: stopping and deleting what was created; press Ctrl-C again to leave the rest$/m);
    expect(await usersLeft()).toBe(0);
  });

  test('deletes what it created after its terminal was closed', async () => {
    const running = new PorticoProcess(call('--users', '5000', '--seed', 'hung-up'), {});
    await until('there are users', async () => (await usersLeft()) > 20);
    expect(await running.hangUp()).toBe(1);
    expect(await usersLeft()).toBe(0);
  });

  test('on another Ctrl-C leaves the rest, lists it, and ends although the endpoint hangs', async () => {
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
    expect(stderr).toContain('portico: leaving the rest; the report lists it');
    const left = Number(/possibly present \((\d+)\):$/m.exec(stdout)?.[1]);
    expect(left).toBeGreaterThanOrEqual(hanging.count().users);
    expect(stdout).toContain('To delete them, run the same command with --seed twice.');
    await hanging.stop();
  });

  test('rejects a mistake with one line and exit status 2', async () => {
    const { code, stdout, stderr } = await runPortico(call('--users', '0'));
    const line =
      /^portico: option '--users <count>' argument '0' is invalid\. It must be a whole number from 1 to \d+\.\n$/;
    expect({ code, stdout, stderr }).toEqual({ code: 2, stdout: '', stderr: expect.stringMatching(line) });
  });
});
