import type { RequestHandler } from 'express';
import type { Pool } from 'pg';
import { AggregatorRegistry, collectDefaultMetrics, Counter, Gauge, Histogram, Registry } from 'prom-client';

/** Upper bounds of histogram buckets, from half a millisecond to ten seconds. */
const SECONDS = [0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10];

/** The metrics of one process at one moment, in the form exchanged between processes. */
export type Samples = Awaited<ReturnType<Registry['getMetricsAsJSON']>>;

/** Options of `Metrics`. */
export interface MetricsOptions {
  /** Labels that are added to each metric of this process. */
  readonly labels?: Readonly<Record<string, string>>;
  /**
   * Returns the metrics of all processes that share the port, in Prometheus' text format, instead of those of this one.
   */
  readonly all?: () => Promise<string>;
}

/** The metrics of one process. Each instance has a separate registry. */
export class Metrics {
  readonly registry = new Registry();

  readonly requests = new Histogram({
    name: 'portico_http_request_duration_seconds',
    help: 'Duration of HTTP requests in seconds, by method, route and status',
    labelNames: ['method', 'route', 'status'] as const,
    buckets: SECONDS,
    registers: [this.registry],
  });

  readonly commands = new Histogram({
    name: 'portico_command_duration_seconds',
    help: 'Duration of command transactions in seconds, from the first lock to the commit',
    labelNames: ['command', 'outcome'] as const,
    buckets: SECONDS,
    registers: [this.registry],
  });

  readonly events = new Counter({
    name: 'portico_events_total',
    help: 'Events written by this process',
    labelNames: ['type'] as const,
    registers: [this.registry],
  });

  readonly prunedEvents = new Counter({
    name: 'portico_events_pruned_total',
    help: 'Events that this process has pruned after their retention',
    registers: [this.registry],
  });

  readonly eventLag = new Histogram({
    name: 'portico_event_lag_seconds',
    help: 'Delay in seconds between a change and the arrival of its event in the feed of this process',
    buckets: SECONDS,
    registers: [this.registry],
  });

  /** Open connections of clients. */
  readonly open = {
    socket: new Gauge({ name: 'portico_websockets', help: 'Open WebSockets', registers: [this.registry] }),
    stream: new Gauge({ name: 'portico_event_streams', help: 'Open event streams', registers: [this.registry] }),
  };

  constructor(
    pool: Pool,
    private readonly options: MetricsOptions = {},
  ) {
    this.registry.setDefaultLabels(options.labels ?? {});
    collectDefaultMetrics({ register: this.registry });
    const connections = {
      open: () => pool.totalCount,
      idle: () => pool.idleCount,
      waiting: () => pool.waitingCount,
    };
    new Gauge({
      name: 'portico_database_connections',
      help: 'Database connections of the pool: open (including idle), idle, and callers waiting for one',
      labelNames: ['state'] as const,
      registers: [this.registry],
      collect() {
        for (const [state, read] of Object.entries(connections)) this.set({ state }, read());
      },
    });
  }

  /** Adds a metric for the bytes that slow clients have not yet received. */
  watchUnsent(unsentBytes: () => number): void {
    new Gauge({
      name: 'portico_unsent_bytes',
      help: 'Bytes buffered for slow clients of WebSockets and event streams',
      registers: [this.registry],
      collect() {
        this.set(unsentBytes());
      },
    });
  }

  /** Returns the metrics of this process only. */
  samples(): Promise<Samples> {
    return this.registry.getMetricsAsJSON();
  }

  /** GET /metrics, in Prometheus' text format. */
  readonly route: RequestHandler = async (_request, response) => {
    response.setHeader('Content-Type', this.registry.contentType);
    response.end(await (this.options.all?.() ?? this.registry.metrics()));
  };
}

/**
 * Merges the metrics of several processes in Prometheus' text format. Each process has a distinct label, so values are
 * not summed, and Prometheus recognizes a counter that restarts with its process.
 */
export function mergeMetrics(samples: readonly Samples[]): Promise<string> {
  return AggregatorRegistry.aggregate([...samples]).metrics();
}
