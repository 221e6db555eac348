/** What every contestant that is no program of its own does: listens, says where, and ends with its parent. */
import { createServer } from 'node:http';

/**
 * Listens on a free port of loopback and tells the parent process.
 *
 * @param handler of `node:http`, an express application included
 * @param path under which the contestant answers, such as `/scim/v2`
 * @param token that the contestant wants to see
 */
export function listen(handler, path, token) {
  announce(createServer(handler), path, token);
}

/** The same for a server that is made already; without a token it wants none. */
export function announce(server, path, token) {
  server.listen(0, '127.0.0.1', () => {
    process.send({ url: `http://127.0.0.1:${server.address().port}${path}`, token });
  });
  process.once('disconnect', () => process.exit());
}

/** The JSON body of a request, however it calls itself; undefined without one. */
export async function readJson(request) {
  const chunks = [];
  for await (const chunk of request) chunks.push(chunk);
  return chunks.length === 0 ? undefined : JSON.parse(Buffer.concat(chunks).toString());
}

/** Answers with JSON that calls itself SCIM. */
export function answer(response, status, body) {
  const text = Buffer.from(JSON.stringify(body));
  response.writeHead(status, { 'content-type': 'application/scim+json', 'content-length': text.length });
  response.end(text);
}
