import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { createTestDatabase, type TestDatabase } from '../support/database.js';
import { freePort, PorticoProcess, runPortico, type Ended, type Environment } from '../support/portico-process.js';
import { ScimClient, type Wire } from '../support/scim-client.js';

let folder: string;
let database: TestDatabase;
let environment: Environment;
let client: ScimClient;

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'portico-schemas-'));
  database = await createTestDatabase({ empty: true });
  environment = { DATABASE_URL: database.url, PORT: String(await freePort()) };
  const server = await PorticoProcess.serve(environment);
  client = new ScimClient(server.tenantUrl, server.secretToken);
});

afterAll(async () => {
  await PorticoProcess.killAll();
  await database.drop();
  await rm(folder, { recursive: true });
});

const schemaOf = (id: string, name = 'size') => ({ id, attributes: [{ name }] });

async function importFile(content: unknown, ...more: readonly string[]): Promise<Ended> {
  const file = join(folder, 'schemas.json');
  await writeFile(file, typeof content === 'string' ? content : JSON.stringify(content));
  return runPortico(['schema', 'import', 'default', file, ...more], environment);
}

async function registered(): Promise<string[]> {
  // The server caches schemas for a second.
  await new Promise((resolve) => setTimeout(resolve, 1_050));
  const { body } = await client.get('/ResourceTypes');
  return (body.Resources as Wire[]).flatMap((type) =>
    (type.schemaExtensions as Wire[]).map(({ schema, required }) => `${type.name} ${schema}${required ? ' !' : ''}`),
  );
}

test('imports schemas for the resource type of their URN or of --resource-type, all or nothing', async () => {
  const enterprise = 'User urn:ietf:params:scim:schemas:extension:enterprise:2.0:User';
  const one = await importFile(schemaOf('urn:example:one:Group:x'));
  expect(one).toEqual({ code: 0, stdout: 'Group     urn:example:one:Group:x\n', stderr: '' });

  const several = await importFile([schemaOf('urn:example:two:2.0:User'), schemaOf('urn:example:three')], '--json');
  expect(JSON.parse(several.stdout)).toEqual({
    schemas: [
      { urn: 'urn:example:two:2.0:User', name: 'urn:example:two:2.0:User', resourceType: 'User' },
      { urn: 'urn:example:three', name: 'urn:example:three', resourceType: 'User' },
    ],
    resourceTypes: [],
  });

  const listed = { Resources: [schemaOf('urn:example:four:User')] };
  expect(await importFile(listed, '--resource-type', 'Group', '--required')).toMatchObject({ code: 0 });

  const half = await importFile([schemaOf('urn:example:five'), schemaOf('urn:example:six', '1x')]);
  expect(half).toMatchObject({ code: 1, stdout: '' });
  expect(half.stderr).toMatch(/^portico: attributes\.0\.name must start with a letter[^\n]*\n$/);

  expect((await registered()).sort()).toEqual([
    'Group urn:example:four:User !',
    'Group urn:example:one:Group:x',
    'User urn:example:three',
    'User urn:example:two:2.0:User',
    enterprise,
  ]);
  const answer = await client.post('/Users', { userName: 'kim', 'urn:example:three': { size: 'L' } });
  expect([answer.status, answer.body['urn:example:three']]).toEqual([201, { size: 'L' }]);
  const inUse = await importFile(schemaOf('urn:example:three', 'length'));
  expect(inUse.stderr).toMatch(
    /^portico: urn:example:three can only be changed by adding optional attributes while some User has values/,
  );
});

test('imports a resource type together with its schemas, in any order', async () => {
  const type = { name: 'Device', endpoint: '/Devices', schema: 'urn:example:device' };
  const content = [type, schemaOf('urn:example:device', 'serial')];
  const first = await importFile(content);
  expect(first).toEqual({ code: 0, stdout: 'Device    urn:example:device\nDevice    /Devices\n', stderr: '' });
  expect(JSON.parse((await importFile(content, '--json')).stdout).resourceTypes).toEqual([type]);
  await new Promise((resolve) => setTimeout(resolve, 1_050));
  expect((await client.post('/Devices', { serial: 'S-1' })).status).toBe(201);
  const half = await importFile([schemaOf('urn:example:half'), { ...type, name: 'Half', endpoint: '/Devices' }]);
  expect(half).toMatchObject({
    code: 1,
    stdout: '',
    stderr: 'portico: Another resource type has the endpoint /Devices\n',
  });
  expect((await client.get('/Schemas/urn:example:half')).status).toBe(404);
});

test('a file that cannot be imported is reported in one line', async () => {
  const cases: ReadonlyArray<[() => Promise<Ended>, RegExp]> = [
    [
      () => runPortico(['schema', 'import', 'default', join(folder, 'none.json')], environment),
      /none\.json cannot be read/,
    ],
    [() => importFile('{'), /is not valid JSON/],
    [() => importFile([]), /contains no schema/],
    [() => importFile(schemaOf('urn:example:x'), '--resource-type', 'Device'), /Allowed choices are User, Group/],
  ];
  for (const [run, line] of cases) {
    const { code, stderr, stdout } = await run();
    expect([code, stdout]).toEqual([1, '']);
    expect(stderr).toMatch(new RegExp(`^portico: [^\\n]*${line.source}[^\\n]*\\n$`));
  }
  const file = join(folder, 'schemas.json');
  await writeFile(file, JSON.stringify(schemaOf('urn:example:x')));
  const unknown = await runPortico(['schema', 'import', 'nowhere', file], environment);
  expect(unknown).toEqual({ code: 1, stdout: '', stderr: 'portico: no directory has the slug nowhere\n' });
});
