/** Serves a contestant that is a library: listens, reports the URL to the parent process, and exits with it. */
import { createServer } from 'node:http';

/**
 * Listens on a free loopback port and reports the URL to the parent process.
 *
 * @param handler of `node:http`, an express application included
 * @param path the base path of the contestant, such as `/scim/v2`
 * @param token the token that the contestant requires
 */
export function listen(handler, path, token) {
  announce(createServer(handler), path, token);
}

/** Listens with an existing server. `token` is undefined for a contestant that requires none. */
export function announce(server, path, token) {
  server.listen(0, '127.0.0.1', () => {
    process.send({ url: `http://127.0.0.1:${server.address().port}${path}`, token });
  });
  process.once('disconnect', () => process.exit());
}

/** Reads the JSON body of a request, whatever its Content-Type; undefined without one. */
export async function readJson(request) {
  const chunks = [];
  for await (const chunk of request) chunks.push(chunk);
  return chunks.length === 0 ? undefined : JSON.parse(Buffer.concat(chunks).toString());
}

/** Answers with JSON of the type `application/scim+json`. */
export function answer(response, status, body) {
  const text = Buffer.from(JSON.stringify(body));
  response.writeHead(status, { 'content-type': 'application/scim+json', 'content-length': text.length });
  response.end(text);
}
