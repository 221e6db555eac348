import { readFile } from 'node:fs/promises';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import express from 'express';
import type { Logger } from 'pino';
import { ConfigError, type Config } from './config.js';
import type { OpenedDatabase } from './database/open-database.js';
import { Directories } from './domain/directory/directories.js';
import { Feed } from './domain/event/feed.js';
import { observeCommands } from './domain/execute.js';
import { Housekeeping } from './domain/housekeeping.js';
import { limitResources } from './domain/resource-size.js';
import { Statistics } from './domain/statistics.js';
import { Authenticator } from './domain/token/authenticator.js';
import type { GraphHandler } from './graph/graph-http.js';
import { createGraphiqlRoutes } from './graph/graphiql-routes.js';
import type { BudgetRules } from './graph/operation/budget.js';
import { ManifestError, TrustedDocuments } from './graph/operation/trusted-documents.js';
import { buildGraphSchema } from './graph/schema.js';
import { createGraphServer, type GraphServer } from './graph/server.js';
import { toLoggedError } from './http/error-log.js';
import { healthz, readyz } from './http/health-routes.js';
import { Metrics } from './http/metrics.js';
import { drain, listen, toUrl } from './http/port.js';
import { requestLog, requestObserver } from './http/request-log.js';
import { tidyUrl } from './http/request-target.js';
import { DEFAULT_LIMITS, type ScimLimits } from './scim/limits.js';
import { createScimHandler, isScim, type ScimHandler } from './scim/router.js';

/** A running server. */
export interface Portico {
  /** Where it listens, such as `http://127.0.0.1:4000`. */
  readonly url: string;
  /** The origin it writes into URLs. */
  readonly publicUrl: string;
  /** Finishes requests in flight and closes sockets with 1001. The database stays open: who opened it closes it. */
  close(): Promise<void>;
}

export interface AppOptions {
  readonly config: Config;
  readonly database: OpenedDatabase;
  readonly logger: Logger;
  /** The metrics to keep, where others than this server have to do with them. */
  readonly metrics?: Metrics;
  /** Whether other processes listen on the same port, each with a queue of its own (SO_REUSEPORT). */
  readonly sharesPort?: boolean;
}

/** What stands behind the port, beside the express routes. */
interface Faces {
  readonly graph: GraphServer;
  readonly scim: ScimHandler;
}

/** The longest filter that is accepted, percent-encoded, fits into the request line. Bytes. */
const MAX_HEADER_SIZE = 64 * 1024;

/**
 * How long a connection is kept for a next request, in milliseconds: longer than a load balancer keeps it, a minute as a
 * rule. Otherwise one sends a request on a connection that is being closed here, and tells its client of a bad gateway.
 */
const KEEP_ALIVE_FOR = 75_000;

/** Introduces the parts to each other and listens. */
export async function startPortico({
  config,
  database,
  logger,
  metrics = new Metrics(database.pool),
  sharesPort = false,
}: AppOptions): Promise<Portico> {
  const { em, orm, pool } = database;
  const onError = (error: unknown, requestId?: string): void => {
    logger.error({ ...(requestId === undefined ? {} : { requestId }), error: toLoggedError(error) }, 'error');
  };
  limitResources(em, config.maxResourceBytes);
  const feed = new Feed(em, {
    hintsUrl: toHintsUrl(config, database.url),
    onError,
    onLag: (seconds) => {
      metrics.eventLag.observe(seconds);
    },
  });
  const statistics = new Statistics(em, onError);
  observeCommands(em, {
    committed: (events) => {
      statistics.written();
      for (const [type, count] of events.countByType()) metrics.events.inc({ type }, count);
      feed.committed(events);
    },
    executed: (command, outcome, seconds) => {
      metrics.commands.observe({ command, outcome }, seconds);
    },
  });
  const housekeeping = new Housekeeping(em, {
    eventRetention: config.eventRetention,
    onError,
    onPruned: (directoryId, { count, sequence, occurredAt }) => {
      metrics.prunedEvents.inc(count);
      logger.info({ directoryId, count, lastSequence: sequence, lastOccurredAt: occurredAt }, 'events pruned');
    },
  });
  const authenticator = new Authenticator(em, config.adminToken, onError);
  const directories = new Directories(em);

  const trustedDocuments = await readTrustedDocuments(config);
  const observe = requestObserver(logger, metrics);
  const app = express();
  const faces = Promise.withResolvers<Faces>();
  // The port is known only once it is open. Who comes in the moment until the faces stand waits for them: an error would
  // be taken for an outage, and a 404 would tell Entra that a user is gone.
  const server = createServer(
    { maxHeaderSize: MAX_HEADER_SIZE, keepAliveTimeout: KEEP_ALIVE_FOR },
    (request, response) => {
      void faces.promise.then((them) => {
        answer(them, request, response);
      });
    },
  );
  server.on('upgrade', (request, socket, head) => {
    socket.on('error', () => socket.destroy());
    void faces.promise.then(({ graph }) => {
      tidyUrl(request);
      graph.handleUpgrade(request, socket, head);
    });
  });
  const answer = ({ graph, scim }: Faces, request: IncomingMessage, response: ServerResponse): void => {
    tidyUrl(request);
    if (isScim(request)) {
      const seen = { route: 'other' };
      observe(request, response, () => seen.route);
      scim(request, response, seen);
    } else if (isOperation(request)) {
      observe(request, response, () => '/graphql');
      void graph.handler(request, response);
    } else {
      app(request, response);
    }
  };
  await listen(server, config, sharesPort);
  const url = toUrl(config.host, (server.address() as AddressInfo).port);
  const publicUrl = config.publicUrl ?? url;
  const graph = await createGraphServer(
    {
      em,
      feed,
      authenticator,
      directories,
      publicUrl,
      onError,
      onOpen: (kind, delta) => {
        metrics.open[kind].inc(delta);
      },
    },
    {
      introspection: config.introspection,
      compile: config.compileQueries,
      maxCost: config.maxCost,
      budget: toBudget(config),
      trustedDocuments,
      allowedOrigins: config.allowedOrigins,
      maxConnections: config.maxConnections,
      maxSocketOperations: config.maxSocketOperations,
    },
  );
  metrics.watchUnsent(() => graph.unsentBytes());
  let closing = false;
  app.disable('x-powered-by');
  app.set('query parser', false);
  app.get('/healthz', named('/healthz', healthz));
  app.get(
    '/readyz',
    named(
      '/readyz',
      readyz(orm, pool, () => closing),
    ),
  );
  app.get('/metrics', named('/metrics', metrics.route));
  app.use(requestLog(observe));
  app.use('/graphql/stream', named('/graphql/stream', graph.streamHandler));
  if (config.graphiql) app.use('/graphql', named('/graphql', await createGraphiqlRoutes()));
  app.use('/graphql', named('/graphql', exactly(graph.handler)));
  app.get('/', (_request, response) => {
    response.redirect('/graphql');
  });
  app.use((_request, response) => {
    response.status(404).json({ error: 'There is nothing here' });
  });
  app.use(masked(onError));
  await feed.start();
  housekeeping.start();
  const scim = createScimHandler({
    em,
    authenticator,
    directories,
    publicUrl,
    limits: toScimLimits(config),
    onError,
  });
  faces.resolve({ graph, scim });

  return {
    url,
    publicUrl,
    async close() {
      closing = true;
      const closed = drain(server);
      // Sockets first: a subscription that the feed ended would look complete to its client, which would not come back.
      await graph.close();
      await feed.stop();
      await housekeeping.stop();
      await closed;
      await statistics.stop();
    },
  };
}

/** What a handler could not answer. express itself would print it, and show it to the client. */
function masked(onError: (error: unknown) => void): express.ErrorRequestHandler {
  return (error: unknown, _request, response, _next) => {
    onError(error);
    if (response.headersSent) response.destroy();
    else response.status(500).json({ error: 'Something went wrong here' });
  };
}

/** Nearly all of GraphQL goes past express, which would take a third of a small query's time. A GET may want the page. */
function isOperation({ method, url = '' }: IncomingMessage): boolean {
  return method !== 'GET' && method !== 'HEAD' && /^\/graphql\/?(\?|$)/i.test(url);
}

/** A handler of Node's http for the path it is mounted at, and none below. */
function exactly(handler: GraphHandler): express.RequestHandler {
  return (request, response, next) => {
    if (request.path === '/') void handler(request, response);
    else next();
  };
}

function named(route: string, handler: express.RequestHandler): express.RequestHandler {
  return (request, response, next) => {
    response.locals['route'] = route;
    return handler(request, response, next);
  };
}

/** The limits of SCIM requests. `attributes` of one object is no setting: no schema declares so many. */
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

/** What each token may spend on GraphQL. Without a rate of its own, all of it comes back in a minute. */
function toBudget({ costBudget, costPerSecond }: Config): BudgetRules | undefined {
  if (costBudget === undefined) return undefined;
  return { capacity: costBudget, perSecond: costPerSecond ?? Math.ceil(costBudget / 60) };
}

/** The GraphQL operations that alone are answered, where there is a list of them. Throws ConfigError for one that cannot be read or used. */
async function readTrustedDocuments({ trustedDocuments }: Config): Promise<TrustedDocuments | undefined> {
  if (trustedDocuments === undefined) return undefined;
  try {
    return TrustedDocuments.read(await readFile(trustedDocuments, 'utf8'), buildGraphSchema());
  } catch (error) {
    if (error instanceof ManifestError)
      throw new ConfigError(`PORTICO_TRUSTED_DOCUMENTS cannot be used: ${error.message}`);
    const { code } = error as NodeJS.ErrnoException;
    if (typeof code !== 'string') throw error;
    throw new ConfigError(`PORTICO_TRUSTED_DOCUMENTS must be a file that can be read (${code})`, { cause: error });
  }
}

/** Where hints of other processes are heard: the database itself, or past a pooler; undefined where they are off. */
function toHintsUrl({ hints }: Config, databaseUrl: string): string | undefined {
  if (hints === 'off') return undefined;
  return hints === 'on' ? databaseUrl : hints;
}
