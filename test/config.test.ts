import { resolve } from 'node:path';
import { describe, expect, test } from '@jest/globals';
import { ConfigError, readConfig } from '../src/config.js';

const ADMIN_TOKEN = 'a'.repeat(32);

/** Variable, key, default, pairs of an accepted value and its parsed form, rejected values, and the end of the error message. */
const VARIABLES: ReadonlyArray<
  [string, string, unknown, ReadonlyArray<[string, unknown]>, readonly string[], RegExp?]
> = [
  [
    'DATABASE_URL',
    'databaseUrl',
    undefined,
    [
      'postgresql://u:p@db.example.com:5432/portico',
      'postgres://db/portico?sslmode=verify-full',
      'postgresql://u:p%40ss@[::1]/portico',
      'postgresql:///portico?host=/run/postgresql',
    ].map((url) => [url, url]),
    ['mysql://u@h/db', 'postgresql://u@h', 'postgresql://u@h/', 'host=db', 'postgresql://u:50%@h/db'],
    /a URL such as postgresql:\/\//,
  ],
  [
    'HOST',
    'host',
    '127.0.0.1',
    ['0.0.0.0', '::', '::1', 'localhost', 'directory.example.com'].map((host) => [host, host]),
    ['http://localhost', 'a b', '-x', '[::1]', 'host:80'],
    /an IP address or a host name/,
  ],
  [
    'PORT',
    'port',
    4000,
    [
      ['0', 0],
      ['65535', 65_535],
    ],
    ['abc', '-1', '65536', '1.5', '0x10', '80 ', '1e3'],
    /a whole number from 0 to 65535/,
  ],
  [
    'PORTICO_PUBLIC_URL',
    'publicUrl',
    undefined,
    [
      ['https://directory.example.com', 'https://directory.example.com'],
      ['https://Directory.Example.com:443/', 'https://directory.example.com'],
      ['http://10.0.0.1:8080', 'http://10.0.0.1:8080'],
    ],
    [
      'directory.example.com',
      'ftp://example.com',
      'https://example.com/base',
      'https://u@example.com',
      'https://:p@example.com',
      'https://example.com/?q=1',
      'https://example.com/#a',
      'https:///',
    ],
    /an origin such as https:\/\//,
  ],
  [
    'PORTICO_ADMIN_TOKEN',
    'adminToken',
    undefined,
    [
      [ADMIN_TOKEN, ADMIN_TOKEN],
      ['any/form+of.token_with-32=characters!', 'any/form+of.token_with-32=characters!'],
    ],
    ['a'.repeat(31), `${ADMIN_TOKEN} b`, `${ADMIN_TOKEN}é`, `${ADMIN_TOKEN}\n`],
    /at least 32 printable characters/,
  ],
  ['PORTICO_TRUSTED_DOCUMENTS', 'trustedDocuments', undefined, [['/etc/x.json', '/etc/x.json'], ['x', resolve('x')]], []], // prettier-ignore
  ['PORTICO_DATA_DIR', 'dataDir', resolve('.portico'), [['/var/lib/x', '/var/lib/x'], ['x', resolve('x')]], []], // prettier-ignore
  ...(
    [
      ['PORTICO_PREPARED', 'prepared'],
      ['PORTICO_INTROSPECTION', 'introspection'],
      ['PORTICO_COMPILE_QUERIES', 'compileQueries'],
    ] as const
  ).map(([variable, key]): (typeof VARIABLES)[number] => [
    variable,
    key,
    true,
    [
      ['on', true],
      ['off', false],
    ],
    ['false', 'OFF', '0'],
    /on or off/,
  ]),
  [
    'PORTICO_GRAPHIQL',
    'graphiql',
    true,
    [
      ['on', true],
      ['off', false],
    ],
    ['true', 'Off', '1'],
    /on or off/,
  ],
  [
    'PORTICO_HINTS',
    'hints',
    'on',
    ['on', 'off', 'postgresql://u:p@direct.example.com:5432/portico'].map((value) => [value, value]),
    ['ON', 'true', 'direct.example.com', 'mysql://u@h/db'],
    /on, off or the URL of a database, as in DATABASE_URL/,
  ],
  [
    'PORTICO_POOL_SIZE',
    'poolSize',
    20,
    [
      ['2', 2],
      ['1000', 1000],
    ],
    ['1', '1001', 'many'],
    /a whole number from 2 to 1000/,
  ],
  [
    'PORTICO_LOG_LEVEL',
    'logLevel',
    'info',
    [
      ['warn', 'warn'],
      ['silent', 'silent'],
    ],
    ['loud', 'INFO'],
    /one of trace, debug, info/,
  ],
  [
    'PORTICO_EVENT_RETENTION',
    'eventRetention',
    2_592_000_000,
    [
      ['1s', 1_000],
      ['12h', 43_200_000],
      ['52w', 31_449_600_000],
      ['off', undefined],
    ],
    ['0d', '30', '30 d', '1y', '1.5h', '-1d', 'never', '36526d', 'OFF'],
    /a duration such as 30d, 12h or 2w, or off/,
  ],
  [
    'PORTICO_ALLOWED_ORIGINS',
    'allowedOrigins',
    [],
    [
      ['*', ['*']],
      ['https://console.example.com', ['https://console.example.com']],
      ['https://a.example.com , http://localhost:3000', ['https://a.example.com', 'http://localhost:3000']],
    ],
    ['console.example.com', 'https://a.example.com,', 'https://*.example.com/x', 'null'],
    /\* or a comma-separated list of origins such as https:\/\//,
  ],
  ...(
    [
      ['PORTICO_MAX_CONNECTIONS', 'maxConnections', 1_000, 1, 100_000],
      ['PORTICO_MAX_SOCKET_OPERATIONS', 'maxSocketOperations', 100, 1, 10_000],
      ['PORTICO_MAX_COST', 'maxCost', 20_000, 1, 10_000_000],
      ['PORTICO_COST_BUDGET', 'costBudget', undefined, 1, 100_000_000],
      ['PORTICO_COST_PER_SECOND', 'costPerSecond', undefined, 1, 100_000_000],
      ['PORTICO_MAX_BODY_BYTES', 'maxBodyBytes', 5_242_880, 1_024, 100_000_000],
      ['PORTICO_MAX_FILTER_LENGTH', 'maxFilterLength', 10_000, 100, 10_000],
      ['PORTICO_MAX_FILTER_DEPTH', 'maxFilterDepth', 50, 1, 200],
      ['PORTICO_MAX_FILTER_COMPARISONS', 'maxFilterComparisons', 200, 1, 2_000],
      ['PORTICO_MAX_PATCH_OPERATIONS', 'maxPatchOperations', 1_000, 1, 100_000],
      ['PORTICO_MAX_REQUEST_MEMBERS', 'maxRequestMembers', 10_000, 1, 1_000_000],
      ['PORTICO_MAX_ELEMENTS', 'maxElements', 1_000, 1, 1_000],
      ['PORTICO_MAX_ATTRIBUTE_LENGTH', 'maxAttributeLength', 100_000, 100, 100_000],
      ['PORTICO_MAX_BULK_OPERATIONS', 'maxBulkOperations', 1_000, 1, 100_000],
      ['PORTICO_MAX_RESPONSE_MEMBERS', 'maxResponseMembers', 1_000_000, 1, 100_000_000],
      ['PORTICO_MAX_RESOURCE_BYTES', 'maxResourceBytes', 524_288, 1_024, 100_000_000],
    ] as const
  ).map(([variable, key, otherwise, least, most]): (typeof VARIABLES)[number] => [
    variable,
    key,
    otherwise,
    [least, most].map((value) => [String(value), value]),
    [String(least - 1), String(most + 1), '-1', '1e3', 'many'],
    new RegExp(`a whole number from ${least} to ${most}$`),
  ]),
];

describe.each(VARIABLES)('%s', (variable, key, otherwise, accepted, refused, accepts = /^$/) => {
  const read = (value?: string): unknown =>
    readConfig(value === undefined ? {} : { [variable]: value })[key as keyof ReturnType<typeof readConfig>];

  test('has a default, which also applies to an empty value', () => {
    expect(read()).toEqual(otherwise);
    expect(read('')).toEqual(otherwise);
  });

  test('accepts every valid value', () => {
    for (const [value, becomes] of accepted) expect([value, read(value)]).toEqual([value, becomes]);
  });

  test('rejects any other value in one line that names the variable and the accepted values, not the given value', () => {
    for (const value of refused) {
      const message = refusal(() => read(value));
      expect([value, message]).toEqual([value, expect.stringMatching(accepts)]);
      expect(message.startsWith(`${variable} must be `)).toBe(true);
      expect(message).not.toContain('\n');
      expect(message).not.toContain(ADMIN_TOKEN.slice(0, 31));
    }
  });
});

test('PORTICO_PREPARED=off turns hints off unless PORTICO_HINTS is set: LISTEN does not work behind a pooler', () => {
  expect(readConfig({ PORTICO_PREPARED: 'off' }).hints).toBe('off');
  expect(readConfig({ PORTICO_PREPARED: 'off', PORTICO_HINTS: 'on' }).hints).toBe('on');
});

test('every key of the configuration is covered by this test', () => {
  expect(VARIABLES.map(([, key]) => key).sort()).toEqual(Object.keys(readConfig({})).sort());
});

function refusal(work: () => unknown): string {
  try {
    work();
  } catch (error) {
    if (error instanceof ConfigError) return error.message;
    throw error;
  }
  return '(accepted)';
}
