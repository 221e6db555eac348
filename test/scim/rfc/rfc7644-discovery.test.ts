import { expect } from '@jest/globals';
import type { Wire } from '../../support/scim-client.js';
import { ENTERPRISE, GROUP, LIST, USER, refusal, useProvider } from './provider.js';
import { requirement } from './requirement.js';

/* RFC 7644 §4: discovery. The content of the resources is covered by the tests of RFC 7643 §5 to §7. */

const provider = useProvider();

requirement('7644-4-01', 'MUST', '/ServiceProviderConfig has the schema ServiceProviderConfig', async () => {
  const { schemas } = await provider.read('/ServiceProviderConfig');
  expect(schemas).toEqual(['urn:ietf:params:scim:schemas:core:2.0:ServiceProviderConfig']);
});

requirement('7644-4-02', 'MUST', '/Schemas returns all schemas of resources in a list response', async () => {
  const { schemas, totalResults, Resources } = await provider.read('/Schemas');
  expect(schemas).toEqual([LIST]);
  const ofDiscovery = ['ServiceProviderConfig', 'ResourceType', 'Schema'].map((name) => USER.replace(/User$/, name));
  expect(Resources.map(({ id }: Wire) => id).sort()).toEqual([GROUP, USER, ENTERPRISE, ...ofDiscovery].sort());
  expect(totalResults).toBe(Resources.length);
  for (const resource of Resources) expect(await provider.read(`/Schemas/${resource.id}`)).toEqual(resource);
});

requirement('7644-4-03', 'MUST', 'Several resource types or schemas are returned in a list response', async () => {
  const { schemas, totalResults, Resources } = await provider.read('/ResourceTypes');
  expect([schemas, totalResults]).toEqual([[LIST], 2]);
  for (const resource of Resources) expect(await provider.read(`/ResourceTypes/${resource.name}`)).toEqual(resource);
});

requirement('7644-4-04', 'MUST', 'Sorting, pagination and the like are ignored in discovery', async () => {
  const query = { sortBy: 'id', sortOrder: 'sideways', startIndex: 2, count: 1, attributes: 'id' };
  for (const path of ['/Schemas', '/ResourceTypes', '/ServiceProviderConfig']) {
    expect(await provider.read(path, query)).toEqual(await provider.read(path));
  }
});

requirement('7644-4-05', 'SHOULD', 'A filter in discovery is rejected with 403', async () => {
  for (const path of ['/Schemas', '/ResourceTypes']) {
    expect(refusal(await provider.scim.get(path, { filter: 'id eq "User"' }))).toEqual([403]);
  }
});

requirement('7644-4-06', 'MUST', '/Schemas has the schemas of the discovery resources as well', async () => {
  for (const path of ['/ServiceProviderConfig', '/ResourceTypes/User', `/Schemas/${USER}`]) {
    const [urn] = (await provider.read(path)).schemas;
    expect((await provider.read(`/Schemas/${urn}`)).id).toBe(urn);
  }
});
