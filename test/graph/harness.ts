import type { Wire } from '../support/scim-client.js';
import { startTestServer, type TestDirectory, type TestServer } from '../support/server.js';

/** The response to an operation over HTTP. */
export interface Answer {
  readonly status: number;
  readonly headers: Headers;
  readonly data: Wire;
  /** The top-level errors; empty if there are none. */
  readonly errors: readonly Wire[];
  /** The extensions of the response, with the cost of the operation. */
  readonly extensions: Wire;
}

/** Sends a body unchanged, by default as JSON by POST, and parses the JSON of the response. */
export async function send(
  url: string,
  token: string | undefined,
  body: string | Uint8Array<ArrayBuffer> | null,
  { method = 'POST', headers = {} }: { method?: string; headers?: Readonly<Record<string, string>> } = {},
): Promise<Answer> {
  const response = await fetch(`${url}/graphql`, {
    method,
    headers: {
      'content-type': 'application/json',
      ...(token === undefined ? {} : { authorization: `Bearer ${token}` }),
      ...headers,
    },
    body,
  });
  const answer = (await response.json()) as Wire;
  return {
    status: response.status,
    headers: response.headers,
    data: answer.data,
    errors: answer.errors ?? [],
    extensions: answer.extensions,
  };
}

/** A server with one directory, and a client for it. */
export class Harness {
  private constructor(
    readonly server: TestServer,
    readonly directory: TestDirectory,
  ) {}

  static async start(options: Parameters<typeof startTestServer>[0] = {}): Promise<Harness> {
    const server = await startTestServer(options);
    return new Harness(server, await server.createDirectory());
  }

  get url(): string {
    return this.server.url;
  }

  /** Runs an operation, by default with the token that has all scopes. */
  send(query: string, variables: object = {}, token = this.directory.graphqlToken): Promise<Answer> {
    return send(this.url, token, JSON.stringify({ query, variables }));
  }

  /** Runs an operation that must not fail, and returns its data. */
  async query(query: string, variables: object = {}, token = this.directory.graphqlToken): Promise<Wire> {
    const { data, errors } = await this.send(query, variables, token);
    if (errors.length > 0) throw new Error(`GraphQL answered ${JSON.stringify(errors)}`);
    return data;
  }

  /** Runs a query that must fail, and returns the code of its first error. */
  async code(query: string, variables: object = {}, token = this.directory.graphqlToken): Promise<string> {
    const { errors } = await this.send(query, variables, token);
    return errors[0]?.extensions?.code ?? 'no error';
  }

  /** Runs one mutation and returns its payload, errors included. */
  async mutate(name: string, input: object, selection = '', token = this.directory.graphqlToken): Promise<Wire> {
    const type = `${name[0]?.toUpperCase()}${name.slice(1)}Input!`;
    const data = await this.query(
      `mutation ($input: ${type}) { ${name}(input: $input) { ${selection} errors { code message path } } }`,
      { input },
      token,
    );
    return data[name];
  }

  async createUser(input: object): Promise<string> {
    const { user, errors } = await this.mutate('createUser', input, 'user { id }');
    if (errors.length > 0) throw new Error(JSON.stringify(errors));
    return user.id;
  }

  async createGroup(displayName: string, memberIds: readonly string[] = []): Promise<string> {
    const { group, errors } = await this.mutate('createGroup', { displayName, memberIds }, 'group { id }');
    if (errors.length > 0) throw new Error(JSON.stringify(errors));
    return group.id;
  }

  stop(): Promise<void> {
    return this.server.stop();
  }
}
