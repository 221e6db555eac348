import { afterAll, beforeAll, expect } from '@jest/globals';
import { queryGraphQL } from '../../support/graphql-client.js';
import { ScimClient, type ScimAnswer, type Wire } from '../../support/scim-client.js';
import { startTestServer, type TestDirectory, type TestServer, type TestServerOptions } from '../../support/server.js';

export const USER = 'urn:ietf:params:scim:schemas:core:2.0:User';
export const GROUP = 'urn:ietf:params:scim:schemas:core:2.0:Group';
export const ENTERPRISE = 'urn:ietf:params:scim:schemas:extension:enterprise:2.0:User';
export const LIST = 'urn:ietf:params:scim:api:messages:2.0:ListResponse';
export const ERROR = 'urn:ietf:params:scim:api:messages:2.0:Error';
export const PATCH_OP = 'urn:ietf:params:scim:api:messages:2.0:PatchOp';
export const SEARCH = 'urn:ietf:params:scim:api:messages:2.0:SearchRequest';
export const NOBODY = '00000000-0000-4000-8000-000000000000';

/** A separate directory and a client with full access to it. */
export interface Tenant {
  readonly directory: TestDirectory;
  readonly scim: ScimClient;
}

/** Starts the whole product on a free port for all tests of a file, with one directory that they share. */
export class Provider {
  #server: TestServer | undefined;
  #tenant: Tenant | undefined;
  #people = 0;

  get server(): TestServer {
    return this.#server!;
  }

  get directory(): TestDirectory {
    return this.#tenant!.directory;
  }

  get scim(): ScimClient {
    return this.#tenant!.scim;
  }

  async start(options?: TestServerOptions): Promise<void> {
    this.#server = await startTestServer(options);
    this.#tenant = await this.openTenant();
  }

  async stop(): Promise<void> {
    await this.#server?.stop();
  }

  async openTenant(slug?: string): Promise<Tenant> {
    const directory = await this.server.createDirectory(slug);
    return { directory, scim: new ScimClient(directory.scimUrl, directory.scimToken) };
  }

  /** Creates a directory with an extension of users. Attributes are optional strings unless they are declared otherwise. */
  async openExtendedTenant(urn: string, attributes: readonly object[], required = false): Promise<Tenant> {
    const tenant = await this.openTenant();
    const plain = { type: 'string', multiValued: false, required: false, caseExact: false, uniqueness: 'none' };
    const schema = {
      schemas: ['urn:ietf:params:scim:schemas:core:2.0:Schema'],
      id: urn,
      name: 'Extension',
      description: 'Of a test',
      attributes: attributes.map((one) => ({
        ...plain,
        description: '',
        mutability: 'readWrite',
        returned: 'default',
        ...one,
      })),
    };
    const input = { directory: tenant.directory.slug, schema, resourceType: 'User', required };
    await this.#administer('registerSchema', 'RegisterSchemaInput', input);
    return tenant;
  }

  /** Creates a directory with a custom resource type whose schema is `urn`. */
  async openTenantWithType(name: string, endpoint: string, urn: string): Promise<Tenant> {
    const tenant = await this.openExtendedTenant(urn, [{ name: 'displayName', required: true }]);
    const schemas = ['urn:ietf:params:scim:schemas:core:2.0:ResourceType'];
    const resourceType = { schemas, id: name, name, endpoint, description: 'Of a test', schema: urn };
    const input = { directory: tenant.directory.slug, resourceType };
    await this.#administer('registerResourceType', 'RegisterResourceTypeInput', input);
    return tenant;
  }

  async #administer(mutation: string, type: string, input: object): Promise<void> {
    const connection = { url: this.server.url, token: this.server.adminToken };
    const query = `mutation ($input: ${type}!) { ${mutation}(input: $input) { errors { code message } } }`;
    expect(await queryGraphQL(connection, query, { input })).toEqual({ [mutation]: { errors: [] } });
  }

  /** Returns a new unique name. */
  newName(): string {
    return `person-${++this.#people}@fabrikam.example`;
  }

  async createUser(attributes: object = {}): Promise<Wire> {
    return created(await this.scim.post('/Users', { schemas: [USER], userName: this.newName(), ...attributes }));
  }

  async createGroup(attributes: object = {}): Promise<Wire> {
    return created(await this.scim.post('/Groups', { schemas: [GROUP], displayName: this.newName(), ...attributes }));
  }

  /** Returns the contents of all tables as text. */
  async dump(): Promise<string> {
    const query = async (sql: string): Promise<string[]> => {
      const rows = await this.server.database.em.fork().execute<Array<{ text: string }>>(sql);
      return rows.map(({ text }) => text);
    };
    const tables = await query(
      "select table_name as text from information_schema.tables where table_schema = 'public'",
    );
    const contents = await Promise.all(tables.map((table) => query(`select t::text as text from "${table}" t`)));
    return contents.flat().join('\n');
  }

  async read(path: string, query: Readonly<Record<string, string | number>> = {}): Promise<Wire> {
    const { status, body } = await this.scim.get(path, query);
    expect([status, body]).toEqual([200, expect.anything()]);
    return body;
  }
}

/** Starts a provider before the tests of a file and stops it after them. */
export function useProvider(options?: TestServerOptions): Provider {
  const provider = new Provider();
  beforeAll(() => provider.start(options));
  afterAll(() => provider.stop());
  return provider;
}

/** Expects the status 201. Returns the resource. */
export function created({ status, body }: ScimAnswer): Wire {
  expect([status, body]).toEqual([201, expect.anything()]);
  return body;
}

/** Expects the status 200. Returns the body. */
export function ok({ status, body }: ScimAnswer): Wire {
  expect([status, body]).toEqual([200, expect.anything()]);
  return body;
}

/** Expects an error resource. Returns its status and scimType. */
export function refusal({ status, body }: ScimAnswer): [status: number, scimType?: string] {
  expect(body).toMatchObject({ schemas: [ERROR], status: String(status), detail: expect.any(String) });
  return body.scimType === undefined ? [status] : [status, body.scimType];
}

/** Expects a list response with the status 200. Returns one attribute of each resource. */
export function listed(answer: ScimAnswer, name = 'userName'): string[] {
  const body = ok(answer);
  expect(body.schemas).toEqual([LIST]);
  return body.Resources.map((resource: Wire) => resource[name]);
}

/** Returns the resource without its metadata, which changes with every write. */
export function withoutMeta({ meta: _meta, ...rest }: Wire): Wire {
  return rest;
}
