/** The load client: autocannon over keep-alive connections. */
import autocannon from 'autocannon';

export const CONNECTIONS = 16;

/**
 * Sends requests for a number of seconds, or a fixed amount of them.
 *
 * @param requests the sequence that each connection repeats, with `setupRequest` and `onResponse` as autocannon takes them
 * @returns the number of 2xx answers, the number of all others, and the duration in seconds
 */
export async function load({ url, token, requests, connections = CONNECTIONS, seconds, amount }) {
  const result = await autocannon({
    url,
    requests,
    connections,
    headers: token === undefined ? {} : { authorization: `Bearer ${token}` },
    ...(amount === undefined ? { duration: seconds } : { amount }),
    // autocannon checks at this interval whether the duration has passed.
    sampleInt: 100,
  });
  return {
    answered: result['2xx'],
    refused: result.non2xx + result.errors + result.timeouts,
    seconds: (result.finish - result.start) / 1_000,
  };
}

/** Sends one request that is not measured; resolves to its status and parsed JSON. */
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
