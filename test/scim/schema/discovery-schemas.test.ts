import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { importSchemas } from '../../../src/domain/schema-registry/resource-type-commands.js';
import { ScimClient, type Wire } from '../../support/scim-client.js';
import { startTestServer, type TestServer } from '../../support/server.js';

const CORE = 'urn:ietf:params:scim:schemas:core:2.0';
const DEVICE = 'urn:example:scim:device:2.0:Device';
const OWN_SCHEMA = {
  id: DEVICE,
  attributes: [
    { name: 'serial', canonicalValues: ['a', 'b'] },
    { name: 'owner', type: 'reference', referenceTypes: ['User'] },
    { name: 'ports', type: 'complex', multiValued: true, subAttributes: [{ name: 'speed', type: 'decimal' }] },
  ],
};

let server: TestServer;
let client: ScimClient;

beforeAll(async () => {
  server = await startTestServer();
  const { id, scimUrl, scimToken } = await server.createDirectory();
  client = new ScimClient(scimUrl, scimToken);
  const type = { name: 'Device', endpoint: '/Devices', schema: DEVICE };
  await importSchemas(server.store, id, [{ schema: OWN_SCHEMA }], [type]);
});
afterAll(() => server.stop());

async function read(path: string): Promise<Wire> {
  const { status, body } = await client.get(path);
  expect([path, status]).toEqual([path, 200]);
  return body;
}

const TYPES: Readonly<Record<string, (value: unknown) => boolean>> = {
  string: (value) => typeof value === 'string',
  reference: (value) => typeof value === 'string',
  boolean: (value) => typeof value === 'boolean',
  integer: (value) => Number.isInteger(value),
  complex: (value) => typeof value === 'object' && value !== null && !Array.isArray(value),
};

/** Lists the parts of a value that its declarations do not allow. */
function faults(value: Wire, declarations: readonly Wire[], path: string): string[] {
  const undeclared = Object.keys(value).filter((key) => !declarations.some(({ name }) => name === key));
  return [
    ...undeclared.map((key) => `${path}${key} is not declared`),
    ...declarations.flatMap(({ name, type, multiValued, required, canonicalValues, subAttributes }) => {
      const own = value[name];
      const here = `${path}${name}`;
      if (own === undefined) return required ? [`${here} is missing`] : [];
      if (Array.isArray(own) !== multiValued) return [`${here} is ${multiValued ? 'no' : 'a'} list`];
      return (multiValued ? own : [own]).flatMap((one: unknown) => {
        if (!TYPES[type]!(one)) return [`${here} is no ${type}`];
        if (canonicalValues && !canonicalValues.includes(one)) return [`${here} is not one of ${canonicalValues}`];
        // RFC 7643 §7: `subAttributes` has the same structure as the `attributes` that contain it.
        const below = name === 'subAttributes' ? declarations : subAttributes;
        return type === 'complex' ? faults(one, below, `${here}.`) : [];
      });
    }),
  ];
}

/** Lists the faults of a whole resource, checked against its schema. */
async function faultsOf(resource: Wire): Promise<string[]> {
  const { schemas, meta, id, ...own } = resource;
  expect(schemas).toHaveLength(1);
  expect(meta.location).toMatch(/^http/);
  const { attributes } = await read(`/Schemas/${schemas[0]}`);
  const isDeclared = attributes.some(({ name }: Wire) => name === 'id');
  return faults(isDeclared ? { id, ...own } : own, attributes, '');
}

describe('the schemas of discovery (RFC 7643 §8.7.2)', () => {
  test('describe every resource of discovery, custom ones included', async () => {
    const [{ Resources: schemas }, { Resources: types }] = [await read('/Schemas'), await read('/ResourceTypes')];
    const resources: Wire[] = [await read('/ServiceProviderConfig'), ...types, ...schemas];
    expect(resources.map(({ id }) => id)).toEqual(expect.arrayContaining([DEVICE, 'Device', `${CORE}:Schema`]));
    for (const resource of resources) {
      expect([resource.id, resource.schemas, await faultsOf(resource)]).toEqual([resource.id, resource.schemas, []]);
    }
  });

  test('do not describe resources with faults', async () => {
    const config = await read('/ServiceProviderConfig');
    const { patch: _patch, ...without } = config;
    expect(await faultsOf(without)).toEqual(['patch is missing']);
    expect(await faultsOf({ ...config, patch: { supported: 'yes' } })).toEqual(['patch.supported is no boolean']);
    expect(await faultsOf({ ...config, shoe: 42 })).toEqual(['shoe is not declared']);
  });

  test.each(['ServiceProviderConfig', 'ResourceType', 'Schema'])('%s is entirely read-only', async (name) => {
    const all = ({ subAttributes = [], ...one }: Wire): Wire[] => [one, ...subAttributes.flatMap(all)];
    const { attributes } = await read(`/Schemas/${CORE}:${name}`);
    for (const one of attributes.flatMap(all)) {
      expect(one).toMatchObject({ mutability: 'readOnly', returned: 'default', uniqueness: 'none' });
      expect(one.description).toMatch(/\.$/);
      // RFC 7643 §2.3.7: a reference is case-exact.
      if (one.type === 'reference') expect(one.caseExact).toBe(true);
    }
  });

  test('declare cursor pagination as specified in RFC 9865 §4', async () => {
    const { attributes } = await read(`/Schemas/${CORE}:ServiceProviderConfig`);
    const { required, subAttributes } = attributes.find(({ name }: Wire) => name === 'pagination');
    expect(required).toBe(false);
    expect(subAttributes.map((one: Wire) => [one.name, one.type, one.required])).toEqual([
      ['cursor', 'boolean', true],
      ['index', 'boolean', true],
      ['defaultPaginationMethod', 'string', false],
      ['defaultPageSize', 'integer', false],
      ['maxPageSize', 'integer', false],
      ['cursorTimeout', 'integer', false],
    ]);
  });

  test('are not schemas of resources: no resource type has them, and they cannot be used in filters', async () => {
    const { Resources } = await read('/ResourceTypes');
    expect(JSON.stringify(Resources.map(({ schema }: Wire) => schema))).not.toContain(`${CORE}:Schema`);
    const { body } = await client.get('/Users', { filter: `${CORE}:Schema:name pr` });
    expect(body.totalResults).toBe(0);
  });
});
