import { isIP } from 'node:net';
import { resolve } from 'node:path';
import { parseDuration } from './duration.js';

/** The configuration of a process, read once from the environment. */
export interface Config {
  /** An existing PostgreSQL; undefined for the embedded one. */
  readonly databaseUrl: string | undefined;
  readonly host: string;
  /** 0 lets the system choose a free port. */
  readonly port: number;
  /** The origin under which clients reach this service, without a trailing slash; undefined: where it listens. */
  readonly publicUrl: string | undefined;
  readonly adminToken: string | undefined;
  /** The folder of the embedded database, absolute. */
  readonly dataDir: string;
  readonly prepared: boolean;
  /** Whether replicas wake each other with LISTEN and NOTIFY: `on` over the database itself, over another URL, or `off`. */
  readonly hints: string;
  readonly poolSize: number;
  /** Whether browsers get a page at /graphql. */
  readonly graphiql: boolean;
  readonly logLevel: LogLevel;
  /** Whether GraphQL tells its schema to those who have a token. */
  readonly introspection: boolean;
  /** How long events are kept, in milliseconds; undefined: for ever. */
  readonly eventRetention: number | undefined;
  /** Origins whose pages may reach GraphQL from a browser, beside the service's own; `*` for all. */
  readonly allowedOrigins: readonly string[];
  /** How many sockets and streams a token may keep open in this process, and how many operations a socket carries. */
  readonly maxConnections: number;
  readonly maxSocketOperations: number;
  /** Whether GraphQL compiles queries that come again, or runs all of them plainly. */
  readonly compileQueries: boolean;
  /** The most that a GraphQL operation may cost, and what a token may spend on them; without a budget, as it likes. */
  readonly maxCost: number;
  readonly costBudget: number | undefined;
  /** How much of the budget comes back in a second. */
  readonly costPerSecond: number | undefined;
  /** A file with the only GraphQL documents that may run, absolute; undefined for all. */
  readonly trustedDocuments: string | undefined;
  /** How large requests to the SCIM façade may be; see `ScimLimits`. */
  readonly maxBodyBytes: number;
  readonly maxFilterLength: number;
  readonly maxFilterDepth: number;
  readonly maxFilterComparisons: number;
  readonly maxPatchOperations: number;
  readonly maxRequestMembers: number;
  readonly maxElements: number;
  readonly maxAttributeLength: number;
  readonly maxBulkOperations: number;
  readonly maxResponseMembers: number;
  /** How large one resource may become, through either face; see `MAX_RESOURCE_BYTES`. */
  readonly maxResourceBytes: number;
}

const LOG_LEVELS = ['trace', 'debug', 'info', 'warn', 'error', 'fatal', 'silent'] as const;
type LogLevel = (typeof LOG_LEVELS)[number];

/** A variable with a value that it does not take. The message is one line that names it and says what it accepts. */
export class ConfigError extends Error {
  override readonly name = 'ConfigError';
}

type Environment = Readonly<Record<string, string | undefined>>;

/**
 * Reads the configuration.
 *
 * @throws ConfigError for the first variable with a wrong value
 */
export function readConfig(environment: Environment = process.env): Config {
  const read = <Value>(
    name: string,
    parse: (text: string) => Value | undefined,
    accepts: string,
  ): Value | undefined => {
    const text = environment[name];
    if (text === undefined || text === '') return undefined;
    const value = parse(text);
    if (value === undefined) throw new ConfigError(`${name} must be ${accepts}`);
    return value;
  };
  const optionalLimit = (name: string, least: number, most: number): number | undefined =>
    read(name, integerWithin(least, most), `a whole number from ${least} to ${most}`);
  const limit = (name: string, least: number, most: number, otherwise: number): number =>
    optionalLimit(name, least, most) ?? otherwise;
  const prepared = read('PORTICO_PREPARED', parseSwitch, 'on or off') ?? true;
  return {
    databaseUrl: read('DATABASE_URL', parseDatabaseUrl, 'a URL such as postgresql://user:password@host:5432/database'),
    host: read('HOST', parseHost, 'an IP address or a host name, such as 0.0.0.0') ?? '127.0.0.1',
    port: read('PORT', integerWithin(0, 65_535), 'a whole number from 0 to 65535') ?? 4000,
    publicUrl: read('PORTICO_PUBLIC_URL', parsePublicUrl, 'an origin such as https://directory.example.com'),
    adminToken: read('PORTICO_ADMIN_TOKEN', parseAdminToken, 'at least 32 printable characters without spaces'),
    dataDir: resolve(environment['PORTICO_DATA_DIR'] || '.portico'),
    prepared,
    hints:
      read('PORTICO_HINTS', parseHints, 'on, off or a URL such as DATABASE_URL takes') ?? (prepared ? 'on' : 'off'),
    poolSize: read('PORTICO_POOL_SIZE', integerWithin(2, 1_000), 'a whole number from 2 to 1000') ?? 20,
    graphiql: read('PORTICO_GRAPHIQL', parseSwitch, 'on or off') ?? true,
    logLevel: read('PORTICO_LOG_LEVEL', parseLogLevel, `one of ${LOG_LEVELS.join(', ')}`) ?? 'info',
    maxCost: limit('PORTICO_MAX_COST', 1, 10_000_000, 20_000),
    costBudget: optionalLimit('PORTICO_COST_BUDGET', 1, 100_000_000),
    costPerSecond: optionalLimit('PORTICO_COST_PER_SECOND', 1, 100_000_000),
    trustedDocuments: read('PORTICO_TRUSTED_DOCUMENTS', (path) => resolve(path), 'a path'),
    compileQueries: read('PORTICO_COMPILE_QUERIES', parseSwitch, 'on or off') ?? true,
    introspection: read('PORTICO_INTROSPECTION', parseSwitch, 'on or off') ?? true,
    eventRetention: (
      read('PORTICO_EVENT_RETENTION', parseRetention, 'a duration such as 30d, 12h or 2w, or off') ?? THIRTY_DAYS
    ).milliseconds,
    allowedOrigins:
      read('PORTICO_ALLOWED_ORIGINS', parseOrigins, '* or origins such as https://console.example.com, with commas') ??
      [],
    maxConnections: limit('PORTICO_MAX_CONNECTIONS', 1, 100_000, 1_000),
    maxSocketOperations: limit('PORTICO_MAX_SOCKET_OPERATIONS', 1, 10_000, 100),
    maxBodyBytes: limit('PORTICO_MAX_BODY_BYTES', 1_024, 100_000_000, 5_242_880),
    maxFilterLength: limit('PORTICO_MAX_FILTER_LENGTH', 100, 10_000, 10_000),
    maxFilterDepth: limit('PORTICO_MAX_FILTER_DEPTH', 1, 200, 50),
    maxFilterComparisons: limit('PORTICO_MAX_FILTER_COMPARISONS', 1, 2_000, 200),
    maxPatchOperations: limit('PORTICO_MAX_PATCH_OPERATIONS', 1, 100_000, 1_000),
    maxRequestMembers: limit('PORTICO_MAX_REQUEST_MEMBERS', 1, 1_000_000, 10_000),
    maxElements: limit('PORTICO_MAX_ELEMENTS', 1, 1_000, 1_000),
    maxAttributeLength: limit('PORTICO_MAX_ATTRIBUTE_LENGTH', 100, 100_000, 100_000),
    maxBulkOperations: limit('PORTICO_MAX_BULK_OPERATIONS', 1, 100_000, 1_000),
    maxResponseMembers: limit('PORTICO_MAX_RESPONSE_MEMBERS', 1, 100_000_000, 1_000_000),
    maxResourceBytes: limit('PORTICO_MAX_RESOURCE_BYTES', 1_024, 100_000_000, 524_288),
  };
}

function parseDatabaseUrl(text: string): string | undefined {
  const url = URL.parse(text);
  // The driver decodes the parts and throws at a lone percent sign.
  if (!url || !['postgresql:', 'postgres:'].includes(url.protocol) || !isDecodable(text)) return undefined;
  return url.pathname.length > 1 ? text : undefined;
}

function isDecodable(text: string): boolean {
  try {
    decodeURIComponent(text);
    return true;
  } catch (error) {
    if (error instanceof URIError) return false;
    throw error;
  }
}

function parseHost(text: string): string | undefined {
  return isIP(text) > 0 || /^[A-Za-z0-9]([A-Za-z0-9.-]*[A-Za-z0-9])?$/.test(text) ? text : undefined;
}

function parsePublicUrl(text: string): string | undefined {
  const url = URL.parse(text);
  const isOrigin =
    url !== null && ['http:', 'https:'].includes(url.protocol) && url.pathname === '/' && url.search === '';
  return isOrigin && url.username + url.password + url.hash === '' ? url.origin : undefined;
}

/** Wrapped, because undefined is what `read` takes for no value at all. */
interface Retention {
  readonly milliseconds: number | undefined;
}

const THIRTY_DAYS: Retention = { milliseconds: 30 * 86_400_000 };

function parseRetention(text: string): Retention | undefined {
  if (text === 'off') return { milliseconds: undefined };
  const milliseconds = parseDuration(text);
  return milliseconds === undefined ? undefined : { milliseconds };
}

function parseOrigins(text: string): string[] | undefined {
  const origins = text.split(',').map((part) => (part.trim() === '*' ? '*' : parsePublicUrl(part.trim())));
  return origins.every((origin) => origin !== undefined) ? origins : undefined;
}

function parseAdminToken(text: string): string | undefined {
  return /^[\x21-\x7e]{32,}$/.test(text) ? text : undefined;
}

function parseSwitch(text: string): boolean | undefined {
  return text === 'on' ? true : text === 'off' ? false : undefined;
}

function parseHints(text: string): string | undefined {
  return text === 'on' || text === 'off' ? text : parseDatabaseUrl(text);
}

function parseLogLevel(text: string): LogLevel | undefined {
  return LOG_LEVELS.find((level) => level === text);
}

function integerWithin(least: number, most: number): (text: string) => number | undefined {
  return (text) => {
    const value = /^\d{1,9}$/.test(text) ? Number(text) : Number.NaN;
    return value >= least && value <= most ? value : undefined;
  };
}
