import { setTimeout } from 'node:timers/promises';
import { TransportError, type Exchange, type ScimResponse } from '../../client/exchange.js';
import { ScimClient, SCIM_MEDIA_TYPE, type RequestOptions } from '../../client/scim-client.js';
import { summarizeResponse } from '../../client/summarize-response.js';
import { Personas } from '../../profile/personas.js';
import type { Profile } from '../../profile/profile.js';
import { Random } from '../../profile/random.js';
import { FLAG, type Dialect } from '../dialect/dialect.js';
import { PatchWriter, type Deviation } from '../dialect/patch-writer.js';
import { Findings, type Observation, type RuleId } from '../rules/finding.js';
import { CreatedResources } from './created-resources.js';
import { ExpectedState } from './expected-state.js';
import type { Progress } from './progress.js';
import type { RehearsalOptions } from './rehearsal-options.js';
import { AbortRun, SkipObject } from './run-errors.js';

/** Something that the endpoint cannot do at all. It has been reported, and steps that need it are skipped. */
export type UnsupportedFeature =
  | 'patch'
  | 'filtered-paths'
  | 'primary-filters'
  | 'extension-paths'
  | 'disable'
  | 'manager'
  | 'groups'
  | 'change-group'
  | 'add-members'
  | 'remove-members'
  | 'delete';

/** The number of consecutive requests without a readable response after which the endpoint counts as unreachable. */
const MAX_UNREADABLE = 3;

/** The number of consecutive server errors after which the endpoint counts as broken. */
const MAX_SERVER_ERRORS = 25;

/** The number of requests per second that applications in Entra's gallery must accept without throttling. */
export const REQUIRED_RATE = 25;

/** The number of attempts for a throttled request. */
const MAX_THROTTLED_ATTEMPTS = 5;

/** The longest wait before a throttled request is repeated. Seconds. */
const MAX_RETRY_DELAY = 30;

/** The state of a run: the client, what has been sent, and what is known about the endpoint. */
export class Session {
  readonly findings = new Findings();
  readonly created = new CreatedResources();
  readonly expected = new ExpectedState();
  readonly personas: Personas;
  readonly client: ScimClient;
  /** The deviations that the endpoint does not accept. */
  readonly avoid = new Set<Deviation>();
  readonly unsupported = new Set<UnsupportedFeature>();
  /** Generates values that no object has, the same ones for the same seed. */
  readonly random: Random;
  /** True once a DELETE was verified to delete. */
  isDeleteVerified = false;
  /** True once Test Connection has found a SCIM endpoint. Before that, the format of a response is not judged. */
  isConnected = false;
  #unreadable = 0;
  #serverErrors = 0;
  #lastProbeNumber: number;
  /** The times of the most recent requests. */
  readonly #recentTimes: number[] = [];

  constructor(
    readonly options: RehearsalOptions,
    readonly progress: Progress,
    onExchange: (exchange: Exchange) => void,
  ) {
    this.personas = new Personas(options.profile, options.seed);
    this.random = new Random(`${options.seed} nobody`);
    this.#lastProbeNumber = options.users;
    this.client = new ScimClient({
      ...options,
      onExchange: (exchange) => {
        this.#recentTimes.push(performance.now());
        if (this.#recentTimes.length > REQUIRED_RATE) this.#recentTimes.shift();
        onExchange(exchange);
        progress.note(exchange);
      },
    });
    const { flags } = this.client;
    if (options.dialect !== 'default' && !flags.includes(FLAG)) this.client.setFlags(flags ? `${flags}&${FLAG}` : FLAG);
  }

  get profile(): Profile {
    return this.options.profile;
  }

  /** The dialects of the run. */
  get dialects(): readonly Dialect[] {
    const { dialect } = this.options;
    return dialect === 'both' ? ['default', FLAG] : [dialect];
  }

  /** The writer for the n-th object. With `both`, the dialects alternate. */
  writer(n: number): PatchWriter {
    const { dialects } = this;
    return this.writerFor(dialects[n % dialects.length] ?? 'default');
  }

  writerFor(dialect: Dialect): PatchWriter {
    return new PatchWriter(dialect, this.avoid);
  }

  /** The number of a user or group that is only used by one probe. */
  nextProbeNumber(): number {
    return ++this.#lastProbeNumber;
  }

  /**
   * Sends a request, and repeats it if it is throttled.
   *
   * @throws AbortRun if further requests are pointless
   * @throws SkipObject if no usable response arrived
   */
  async send(method: string, path: string, options: RequestOptions): Promise<ScimResponse> {
    for (let attempt = 1; ; attempt++) {
      const response = await this.#sendOnce(method, path, options);
      this.#checkMediaType(response);
      if (response.status === 401) {
        this.report('token-refused', response, options.step, 'a status other than 401');
        throw new AbortRun();
      }
      if (response.status !== 429) return this.#requireReadable(response, options.step);
      if (this.#requestsPerSecond() <= REQUIRED_RATE) {
        this.report('throttled', response, options.step, `no 429 at ${REQUIRED_RATE} requests per second`);
      }
      if (attempt === MAX_THROTTLED_ATTEMPTS) throw new SkipObject();
      await this.#pause(Number(response.headers['retry-after'] ?? 1), options.by);
    }
  }

  /**
   * Returns the response if it has one of the expected statuses.
   *
   * @param rule the rule that another status violates, unless the status itself indicates a more specific one
   * @throws SkipObject after reporting the violation
   */
  accept(
    response: ScimResponse,
    rule: RuleId,
    step: string,
    expected: readonly number[] = [200, 201, 204],
  ): ScimResponse {
    const isReadable = response.content === 'json' || response.content === 'none';
    if (expected.includes(response.status) && isReadable) return response;
    this.report(this.#specificRule(response, rule, expected), response, step, `status ${expected.join(' or ')}`);
    throw new SkipObject();
  }

  /**
   * Reports that the endpoint violates a rule.
   *
   * @param response undefined if no request was sent
   */
  report(
    rule: RuleId,
    response: ScimResponse | undefined,
    step: string,
    expected: string,
    seen = response ? summarizeResponse(response) : 'nothing',
    more: Partial<Observation> = {},
  ): void {
    this.findings.add({ rule, step, expected, seen, exchange: response?.exchange, ...more });
  }

  /** Performs a step that may fail for one object. @returns undefined if it threw SkipObject */
  async attempt<T>(step: () => Promise<T>): Promise<T | undefined> {
    try {
      return await step();
    } catch (error) {
      if (error instanceof SkipObject) return undefined;
      throw error;
    }
  }

  /**
   * Performs a step for many objects, as many at once as requests may be in flight. An error ends the loop after the steps in
   * progress.
   */
  async forEach<T>(items: readonly T[], step: (item: T) => Promise<void>): Promise<void> {
    const queue = items.values();
    let isHalted = false;
    const work = async () => {
      try {
        for (const item of queue) {
          if (isHalted) return;
          this.options.signal?.throwIfAborted();
          await this.attempt(() => step(item));
          this.progress.advance();
        }
      } catch (error) {
        isHalted = true;
        throw error;
      }
    };
    const workers = Array.from({ length: Math.min(this.options.concurrency, items.length) }, work);
    const failed = (await Promise.allSettled(workers)).find(({ status }) => status === 'rejected');
    if (failed?.status === 'rejected') throw failed.reason;
  }

  async #sendOnce(method: string, path: string, options: RequestOptions): Promise<ScimResponse> {
    try {
      return await this.client.request(method, path, options);
    } catch (error) {
      if (!(error instanceof TransportError)) throw error;
      // Cancelled by the user: the endpoint is not at fault.
      if (this.options.abandon?.aborted) throw new AbortRun(true);
      const { kind, message, exchange } = error;
      this.findings.add({ rule: kind, step: options.step, expected: 'a response', seen: message, exchange });
      const isUnreachable = kind === 'name-not-found' || kind === 'connection-refused' || kind === 'tls-failed';
      throw isUnreachable || ++this.#unreadable >= MAX_UNREADABLE ? new AbortRun(true) : new SkipObject(true);
    }
  }

  /**
   * Rejects web pages and text in place of JSON. A page is acceptable as the body of a 404 to a GET, which clients do not read.
   *
   * @throws AbortRun, SkipObject
   */
  #requireReadable(response: ScimResponse, step: string): ScimResponse {
    const { status, content, exchange } = response;
    this.#serverErrors = status >= 500 ? this.#serverErrors + 1 : 0;
    if (this.#serverErrors >= MAX_SERVER_ERRORS) throw new AbortRun();
    const isPage = content === 'html' && status < 500 && (status !== 404 || exchange.method !== 'GET');
    const isText = content === 'text' && status < 300 && exchange.method !== 'DELETE';
    if (!this.isConnected || (!isPage && !isText)) {
      // Neither does a page with status 404 prove that the endpoint is reachable.
      if (content !== 'html') this.#unreadable = 0;
      return response;
    }
    this.report(isPage ? 'answers-html' : 'answer-not-json', response, step, 'JSON');
    throw ++this.#unreadable >= MAX_UNREADABLE ? new AbortRun(status < 300) : new SkipObject(status < 300);
  }

  #checkMediaType(response: ScimResponse): void {
    const { status, headers, content, exchange } = response;
    // These statuses may come from a proxy in front of the endpoint.
    const mayBeProxy = status === 401 || status === 429 || status >= 500;
    if (!this.isConnected || content !== 'json' || mayBeProxy) return;
    const type = headers['content-type'] || 'none';
    if (type.toLowerCase().startsWith(SCIM_MEDIA_TYPE)) return;
    const expected = `Content-Type: ${SCIM_MEDIA_TYPE}`;
    this.report('media-type', response, exchange.step, expected, `Content-Type: ${type}`);
  }

  #specificRule({ status, content, exchange }: ScimResponse, rule: RuleId, expected: readonly number[]): RuleId {
    if (status >= 500 && status !== 501) return 'server-error';
    if (['POST', 'PATCH'].includes(exchange.method) && [403, 405, 501].includes(status)) return 'method-refused';
    if (content === 'html') return 'answers-html';
    if (content === 'text' && expected.includes(status)) return 'answer-not-json';
    return rule;
  }

  /** The rate of the most recent requests. */
  #requestsPerSecond(): number {
    const [first = 0] = this.#recentTimes;
    const seconds = (performance.now() - first) / 1000;
    return seconds === 0 ? Infinity : this.#recentTimes.length / Math.max(seconds, 1);
  }

  async #pause(seconds: number, by: RequestOptions['by']): Promise<void> {
    const delay = Math.min(Number.isFinite(seconds) ? Math.max(seconds, 1) : 1, MAX_RETRY_DELAY);
    const { signal, abandon } = this.options;
    const stop = by === 'removal' ? abandon : signal;
    await setTimeout(delay * 1000, undefined, stop && { signal: stop });
  }
}
