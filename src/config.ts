import { isIP } from 'node:net';
import { resolve } from 'node:path';
import { parseDuration } from './duration.js';

/** The configuration of a process, read once from the environment. */
export interface Config {
  /** The URL of an existing PostgreSQL; undefined selects the embedded one. */
  readonly databaseUrl: string | undefined;
  readonly host: string;
  /** Port 0 lets the operating system choose a free port. */
  readonly port: number;
  /**
   * The origin at which clients reach this service, without a trailing slash; undefined means the listening address.
   */
  readonly publicUrl: string | undefined;
  readonly adminToken: string | undefined;
  /** The absolute path of the embedded database's folder. */
  readonly dataDir: string;
  readonly prepared: boolean;
  /**
   * The connection of the notify channel, by which replicas wake each other: `on` for the database itself, a URL for
   * another connection (such as one that bypasses a pooler), `off` to rely on polling alone.
   */
  readonly hints: string;
  readonly poolSize: number;
  /** Enables the GraphiQL page at `/graphql`. */
  readonly graphiql: boolean;
  readonly logLevel: LogLevel;
  /** Allows introspection of the GraphQL schema, for authenticated clients. */
  readonly introspection: boolean;
  /** The retention of events in milliseconds; undefined keeps them indefinitely. */
  readonly eventRetention: number | undefined;
  /** Origins whose pages may call GraphQL from a browser, in addition to the service's own; `*` allows all. */
  readonly allowedOrigins: readonly string[];
  /** The maximum number of open sockets and streams per token in this process, and of operations per socket. */
  readonly maxConnections: number;
  readonly maxSocketOperations: number;
  /** Compiles recurring GraphQL queries instead of interpreting them on each execution. */
  readonly compileQueries: boolean;
  /** The maximum cost of one GraphQL operation, and the cost budget of a token; undefined sets no budget. */
  readonly maxCost: number;
  readonly costBudget: number | undefined;
  /** The share of the budget that is restored per second. */
  readonly costPerSecond: number | undefined;
  /** The absolute path of a file with the only GraphQL documents that may run; undefined allows every document. */
  readonly trustedDocuments: string | undefined;
  /** Limits of the SCIM façade on requests and responses; see `ScimLimits`. */
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
  /** The maximum size of one resource, through either façade; see `MAX_RESOURCE_BYTES`. */
  readonly maxResourceBytes: number;
}

const LOG_LEVELS = ['trace', 'debug', 'info', 'warn', 'error', 'fatal', 'silent'] as const;
type LogLevel = (typeof LOG_LEVELS)[number];

/** An environment variable has an invalid value. The one-line message names the variable and the accepted values. */
export class ConfigError extends Error {
  override readonly name = 'ConfigError';
}

type Environment = Readonly<Record<string, string | undefined>>;

/**
 * Reads the configuration from the environment.
 *
 * @throws ConfigError for the first variable with an invalid value
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
      read('PORTICO_HINTS', parseHints, 'on, off or the URL of a database, as in DATABASE_URL') ??
      (prepared ? 'on' : 'off'),
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
      read(
        'PORTICO_ALLOWED_ORIGINS',
        parseOrigins,
        '* or a comma-separated list of origins such as https://console.example.com',
      ) ?? [],
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
  // The driver percent-decodes the parts of the URL and throws on a malformed escape.
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

/** Wraps the value because `read` takes undefined for an invalid text. */
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
