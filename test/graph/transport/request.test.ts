import { IncomingMessage } from 'node:http';
import { Socket } from 'node:net';
import { describe, expect, test } from '@jest/globals';
import { OperationTypeNode } from 'graphql';
import { allowedOperations, parseMethod, readRequest } from '../../../src/graph/transport/request.js';

function message(method: string, url: string, headers: Readonly<Record<string, string>>): IncomingMessage {
  return Object.assign(new IncomingMessage(new Socket()), { method, url, headers });
}

function get(search: string): IncomingMessage {
  return message('GET', `/graphql${search}`, {});
}

function post(body: unknown, type = 'application/json'): IncomingMessage {
  const request = message('POST', '/graphql', { 'content-type': type });
  request.push(JSON.stringify(body));
  request.push(null);
  return request;
}

describe('a GraphQL request', () => {
  test('is the same by GET and by POST', async () => {
    const request = {
      query: 'query A($a: Int) { a(a: $a) }',
      documentId: undefined,
      operationName: 'A',
      variables: { a: 1 },
      extensions: { persistedQuery: { sha256Hash: 'x' } },
    };
    const search = new URLSearchParams({
      query: request.query,
      operationName: request.operationName,
      variables: JSON.stringify(request.variables),
      extensions: JSON.stringify(request.extensions),
    });
    expect(await readRequest(get(`?${search.toString()}`), 'GET')).toEqual(request);
    expect(await readRequest(post(request), 'POST')).toEqual(request);
  });

  test.each([
    ['?documentId=x', { documentId: 'x' }],
    ['?query=&documentId=x', { query: '', documentId: 'x' }],
    ['?query={a}&variables=', { query: '{a}' }],
    ['?query={a}&other=1&other=2', { query: '{a}' }],
    ['?query={a%3F}', { query: '{a?}' }],
  ])('%s is read from the query string', async (search, request) => {
    expect(await readRequest(get(search), 'GET')).toEqual(request);
  });

  test.each([
    ['', '`query`'],
    ['?query=', '`query`'],
    ['?query={a}&query={b}', '`query`'],
    ['?query={a}&variables={', '`variables`'],
    ['?query={a}&variables=[]', '`variables`'],
    ['?query={a}&variables=1', '`variables`'],
    ['?query={a}&extensions=[]', '`extensions`'],
    ['?query={a}&operationName=A&operationName=B', '`operationName`'],
  ])('%s is rejected with 400', async (search, name) => {
    const refusal = { status: 400, code: 'BAD_REQUEST', message: expect.stringContaining(name) };
    await expect(readRequest(get(search), 'GET')).rejects.toMatchObject(refusal);
  });

  test.each([
    null,
    [],
    {},
    { query: 7 },
    { query: 7, documentId: 'x' },
    { query: '{a}', operationName: 7 },
    { query: '{a}', variables: '{}' },
    { query: '{a}', variables: [] },
    { query: '{a}', extensions: '{}' },
  ])('the body %j is rejected with 400', async (body) => {
    await expect(readRequest(post(body), 'POST')).rejects.toMatchObject({ status: 400 });
  });

  test('a body of another media type is rejected with 415', async () => {
    await expect(readRequest(post({}, 'text/plain'), 'POST')).rejects.toMatchObject({ status: 415 });
  });

  test('any other method is rejected with 405 and the allowed methods', () => {
    expect(parseMethod(get(''))).toBe('GET');
    expect(() => parseMethod(message('PUT', '/graphql', {}))).toThrow(
      expect.objectContaining({ status: 405, headers: { Allow: 'GET, POST' } }),
    );
  });
});

test.each([
  ['POST', true, ['query', 'mutation', 'subscription']],
  ['POST', false, ['query', 'mutation']],
  ['GET', true, ['query', 'subscription']],
  ['GET', false, ['query']],
] as const)('%s with subscriptions %s runs %j', (method, subscriptions, kinds) => {
  const refusalOf = allowedOperations(method, { subscriptions });
  expect(Object.values(OperationTypeNode).filter((kind) => refusalOf(kind) === undefined)).toEqual(kinds);
});
