import { readdir, readFile } from 'node:fs/promises';
import { findPackageJSON } from 'node:module';
import { dirname, extname, join } from 'node:path';
import { Router, type Request, type RequestHandler, type Response } from 'express';

/** A file that the page refers to, uncompressed and gzipped. */
interface Asset {
  readonly type: string;
  readonly plain: Buffer;
  readonly gzipped: Buffer;
}

const TYPES: Readonly<Record<string, string>> = {
  '.js': 'text/javascript; charset=utf-8',
  '.css': 'text/css; charset=utf-8',
  '.svg': 'image/svg+xml',
};

/**
 * All content is from this origin and nothing is inline. The editor uses `data:` images to underline mistakes. The style
 * sheets it creates at run time are constructed objects, which the policy allows.
 */
const POLICY = [
  "default-src 'none'",
  "script-src 'self'",
  "style-src 'self'",
  "img-src 'self' data:",
  "connect-src 'self'",
  "base-uri 'none'",
  "form-action 'none'",
  "frame-ancestors 'none'",
  "require-trusted-types-for 'script'",
].join('; ');

const A_YEAR = 31_536_000;

/**
 * Serves the GraphiQL page at `/graphql`: an editor with the documentation of the schema. The page contains no secret: the
 * visitor's token is kept in the browser and sent with each operation.
 *
 * A GET request that prefers HTML to JSON and has no query gets the page; every other request is passed on.
 *
 * @throws if the files built by `npm run build` are missing
 */
export async function createGraphiqlRoutes(): Promise<RequestHandler> {
  const folder = findFolder();
  const page = await readFile(join(folder, 'page.html'));
  const assets = await readAssets(join(folder, 'assets'));
  const router = Router();

  router.get('/', (request, response, next) => {
    response.vary('Accept');
    if (!wantsPage(request)) {
      next();
      return;
    }
    response.set({
      'Content-Type': 'text/html; charset=utf-8',
      'Content-Security-Policy': POLICY,
      'Cache-Control': 'no-cache',
      'Referrer-Policy': 'no-referrer',
      'Cross-Origin-Opener-Policy': 'same-origin',
      'X-Content-Type-Options': 'nosniff',
    });
    response.send(page);
  });

  router.get('/assets/:name', (request, response, next) => {
    const asset = assets.get(request.params.name);
    if (asset) sendAsset(request, response, asset);
    else next();
  });

  return router;
}

/** Clients that accept any type get JSON. */
function wantsPage(request: Request): boolean {
  const preferred = request.accepts('application/json', 'application/graphql-response+json', 'text/html');
  return preferred === 'text/html' && !new URLSearchParams(request.url.split('?')[1]).has('query');
}

/** File names contain a hash of the content, so browsers may cache them without revalidation. */
function sendAsset(request: Request, response: Response, { type, plain, gzipped }: Asset): void {
  response.vary('Accept-Encoding');
  response.set({
    'Content-Type': type,
    'Cache-Control': `public, max-age=${A_YEAR}, immutable`,
    'Cross-Origin-Resource-Policy': 'same-origin',
    'X-Content-Type-Options': 'nosniff',
  });
  if (request.acceptsEncodings('gzip', 'identity') === 'gzip') response.set('Content-Encoding', 'gzip').send(gzipped);
  else response.send(plain);
}

async function readAssets(folder: string): Promise<ReadonlyMap<string, Asset>> {
  const assets = new Map<string, Asset>();
  for (const name of await readdir(folder)) {
    const type = TYPES[extname(name)];
    if (type === undefined) continue;
    const file = join(folder, name);
    assets.set(name, { type, plain: await readFile(file), gzipped: await readFile(`${file}.gz`) });
  }
  return assets;
}

/** The output of scripts/build-graphiql.mjs. This file runs from src/ under test, otherwise from dist/src/. */
function findFolder(): string {
  const manifest = findPackageJSON(import.meta.url);
  if (manifest === undefined) throw new Error('No package.json was found above this module');
  return join(dirname(manifest), 'dist/graphiql');
}
