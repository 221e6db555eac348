import { Copy } from './copy.ts';
import { Refused } from './errors.ts';
import { mirror } from './mirror.ts';

const {
  PORTICO_URL = 'http://127.0.0.1:4000',
  PORTICO_TOKEN,
  PORTICO_DIRECTORY,
  MIRROR = 'mirror.sqlite',
} = process.env;

try {
  if (!PORTICO_TOKEN) throw new Refused('Set PORTICO_TOKEN to a token with the scopes directory:read and events:read');
  await mirror({
    portico: { url: PORTICO_URL, token: PORTICO_TOKEN },
    copy: new Copy(MIRROR),
    directory: PORTICO_DIRECTORY,
    log: (line) => console.log(line),
  });
} catch (error) {
  if (!(error instanceof Refused)) throw error;
  console.error(error.message);
  process.exitCode = 1;
}
