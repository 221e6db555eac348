/** The one client that sends load: autocannon, over connections that are kept. */
import autocannon from 'autocannon';

export const CONNECTIONS = 16;

/**
 * Sends requests for a while, or so many of them.
 *
 * @param requests what each connection sends in turn, with `setupRequest` and `onResponse` as autocannon takes them
 * @returns how many were answered with 2xx, how many were not, and how long it took in seconds
 */
export async function load({ url, token, requests, connections = CONNECTIONS, seconds, amount }) {
  const result = await autocannon({
    url,
    requests,
    connections,
    headers: token === undefined ? {} : { authorization: `Bearer ${token}` },
    ...(amount === undefined ? { duration: seconds } : { amount }),
    // It looks this often whether the time is over.
    sampleInt: 100,
  });
  return {
    answered: result['2xx'],
    refused: result.non2xx + result.errors + result.timeouts,
    seconds: (result.finish - result.start) / 1_000,
  };
}

/** One request; resolves to its status and its JSON. For checks and for what is not measured. */
export async function ask({ url, token }, method, path, body) {
  const response = await fetch(url + path, {
    method,
    headers: {
      ...(token === undefined ? {} : { authorization: `Bearer ${token}` }),
      ...(body === undefined ? {} : { 'content-type': body.query ? 'application/json' : 'application/scim+json' }),
    },
    ...(body === undefined ? {} : { body: JSON.stringify(body) }),
  });
  const text = await response.text();
  return { status: response.status, body: text === '' ? undefined : JSON.parse(text) };
}
