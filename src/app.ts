import { readFile } from 'node:fs/promises';
import type { IncomingMessage } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { Logger } from 'pino';
import { ConfigError, type Config } from './config.js';
import type { OpenedDatabase } from './database/open-database.js';
import { Directories } from './domain/directory/directories.js';
import { Feed } from './domain/event/feed/feed.js';
import { RetentionJob } from './domain/retention-job.js';
import { AutoAnalyze } from './domain/sql/auto-analyze.js';
import { createStore, type Store } from './domain/store.js';
import { Authenticator } from './domain/token/authenticator.js';
import { createGraphiqlRoutes } from './graph/graphiql-routes.js';
import type { TokenBucketLimits } from './graph/operation/token-bucket.js';
import { ManifestError, TrustedDocuments } from './graph/operation/trusted-documents.js';
import { buildGraphSchema } from './graph/schema.js';
import { createGraphServer, type GraphOptions } from './graph/server.js';
import { toLoggedError } from './http/error-log.js';
import { createExpressApp } from './http/express-app.js';
import { readyz } from './http/health-routes.js';
import { Metrics } from './http/metrics.js';
import { drain, listen, toUrl } from './http/port.js';
import { requestObserver } from './http/request-log.js';
import { createHttpServer, type HttpHandlers } from './http/server.js';
import { DEFAULT_LIMITS, type ScimLimits } from './scim/protocol/limits.js';
import { createScimHandler, isScim } from './scim/router.js';

/** A running server. */
export interface Portico {
  /** The origin that it listens on, such as `http://127.0.0.1:4000`. */
  readonly url: string;
  /** The origin that it writes into URLs. */
  readonly publicUrl: string;
  /** The store that requests run on, for programs that embed the server. */
  readonly store: Store;
  /** Finishes requests in flight and closes sockets with 1001. The database stays open; its owner closes it. */
  close(): Promise<void>;
}

export interface AppOptions {
  readonly config: Config;
  readonly database: OpenedDatabase;
  readonly logger: Logger;
  /** The metrics of the process; new ones by default. Pass them if the caller reads or merges them. */
  readonly metrics?: Metrics;
  /** True when other processes listen on the same port (SO_REUSEPORT). */
  readonly sharesPort?: boolean;
}

/**
 * Creates the store, the services and both façades, and starts to listen. No other module imports both façades.
 *
 * @throws ConfigError if the file of trusted documents cannot be used
 * @throws the errors of `listen`
 */
export async function startPortico({
  config,
  database,
  logger,
  metrics = new Metrics(database.pool),
  sharesPort = false,
}: AppOptions): Promise<Portico> {
  const onError = (error: unknown, requestId?: string): void => {
    logger.error({ ...(requestId === undefined ? {} : { requestId }), error: toLoggedError(error) }, 'error');
  };
  const store = createStore(database, {
    maxResourceBytes: config.maxResourceBytes,
    observer: {
      onCommit: (events) => {
        autoAnalyze.onCommit();
        for (const [type, count] of events.countByType()) metrics.events.inc({ type }, count);
        feed.onCommit(events);
      },
      onExecuted: (command, outcome, seconds) => {
        metrics.commands.observe({ command, outcome }, seconds);
      },
    },
  });
  const autoAnalyze = new AutoAnalyze(store, onError);
  const feed = new Feed(store, {
    notifyUrl: toNotifyUrl(config, database.url),
    onError,
    onLag: (seconds) => {
      metrics.eventLag.observe(seconds);
    },
  });
  const retentionJob = new RetentionJob(store, {
    eventRetention: config.eventRetention,
    onError,
    onPruned: (directoryId, { count, sequence, occurredAt }) => {
      metrics.prunedEvents.inc(count);
      logger.info({ directoryId, count, lastSequence: sequence, lastOccurredAt: occurredAt }, 'events pruned');
    },
  });
  const authenticator = new Authenticator(store, config.adminToken, onError);
  const directories = new Directories(store);
  const graphOptions = await toGraphOptions(config);

  const observe = requestObserver(logger, metrics);
  const handlers = Promise.withResolvers<HttpHandlers>();
  const server = createHttpServer(handlers.promise, observe);
  await listen(server, config, sharesPort);
  // With port 0, the operating system chooses a port when the server starts to listen.
  const url = toUrl(config.host, (server.address() as AddressInfo).port);
  const publicUrl = config.publicUrl ?? url;

  const services = { store, authenticator, directories, publicUrl, onError };
  const onOpen = (kind: 'socket' | 'stream', delta: 1 | -1): void => {
    metrics.open[kind].inc(delta);
  };
  const graph = await createGraphServer({ ...services, feed, onOpen }, graphOptions);
  metrics.watchUnsent(() => graph.unsentBytes());
  const scim = createScimHandler({ ...services, limits: toScimLimits(config) });
  let closing = false;
  const app = createExpressApp({
    observe,
    readyz: readyz(database.orm, database.pool, () => closing),
    metrics: metrics.route,
    graphql: graph.handler,
    graphqlStream: graph.streamHandler,
    graphiql: config.graphiql ? await createGraphiqlRoutes() : undefined,
    onError,
  });
  await feed.start();
  retentionJob.start();
  handlers.resolve({
    direct: [
      { accepts: isScim, handle: scim },
      {
        accepts: isOperation,
        handle(request, response, seen) {
          seen.route = '/graphql';
          void graph.handler(request, response);
        },
      },
    ],
    fallback: app,
    upgrade: (request, socket, head) => graph.handleUpgrade(request, socket, head),
  });

  return {
    url,
    publicUrl,
    store,
    async close() {
      closing = true;
      const closed = drain(server);
      // Sockets are closed before the feed stops: a client whose subscription is ended by the feed takes it for
      // complete and does not reconnect.
      await graph.close();
      await feed.stop();
      await retentionJob.stop();
      await closed;
      await autoAnalyze.stop();
    },
  };
}

/**
 * Returns true for GraphQL requests other than GET and HEAD. Express handles those two, which may request the GraphiQL
 * page.
 */
function isOperation({ method, url = '' }: IncomingMessage): boolean {
  return method !== 'GET' && method !== 'HEAD' && /^\/graphql\/?(\?|$)/i.test(url);
}

async function toGraphOptions(config: Config): Promise<GraphOptions> {
  return {
    introspection: config.introspection,
    compile: config.compileQueries,
    maxCost: config.maxCost,
    budget: toBudget(config),
    trustedDocuments: await readTrustedDocuments(config),
    allowedOrigins: config.allowedOrigins,
    maxConnections: config.maxConnections,
    maxSocketOperations: config.maxSocketOperations,
  };
}

/** The limits of SCIM requests. `attributes` of one object is not configurable: no schema declares that many. */
function toScimLimits(config: Config): ScimLimits {
  return {
    ...DEFAULT_LIMITS,
    bodyBytes: config.maxBodyBytes,
    filter: {
      length: config.maxFilterLength,
      depth: config.maxFilterDepth,
      comparisons: config.maxFilterComparisons,
    },
    patchOperations: config.maxPatchOperations,
    requestMembers: config.maxRequestMembers,
    elements: config.maxElements,
    attributeLength: config.maxAttributeLength,
    bulkOperations: config.maxBulkOperations,
    responseMembers: config.maxResponseMembers,
  };
}

/** The cost budget of each token. Unless a rate is configured, a spent budget refills in a minute. */
function toBudget({ costBudget, costPerSecond }: Config): TokenBucketLimits | undefined {
  if (costBudget === undefined) return undefined;
  return { capacity: costBudget, perSecond: costPerSecond ?? Math.ceil(costBudget / 60) };
}

/** Reads the allow-list of GraphQL documents, if one is configured. Throws ConfigError if the file cannot be used. */
async function readTrustedDocuments({ trustedDocuments }: Config): Promise<TrustedDocuments | undefined> {
  if (trustedDocuments === undefined) return undefined;
  try {
    return TrustedDocuments.read(await readFile(trustedDocuments, 'utf8'), buildGraphSchema());
  } catch (error) {
    if (error instanceof ManifestError)
      throw new ConfigError(`PORTICO_TRUSTED_DOCUMENTS cannot be used: ${error.message}`);
    const { code } = error as NodeJS.ErrnoException;
    if (typeof code !== 'string') throw error;
    throw new ConfigError(`PORTICO_TRUSTED_DOCUMENTS must name a readable file (${code})`, { cause: error });
  }
}

/** The database to LISTEN on: the configured one, or a URL that bypasses a pooler. Undefined when switched off. */
function toNotifyUrl({ hints }: Config, databaseUrl: string): string | undefined {
  if (hints === 'off') return undefined;
  return hints === 'on' ? databaseUrl : hints;
}
