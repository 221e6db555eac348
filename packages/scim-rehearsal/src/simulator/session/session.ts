import { setTimeout } from 'node:timers/promises';
import { FLAG, PatchWriter, type Deviation, type Dialect, type DialectChoice } from '../dialect/patch-writer.js';
import { TransportError, type ScimResponse, type Exchange } from '../../client/exchange.js';
import { Findings, type Observation, type RuleId } from '../rules/finding.js';
import { SkipObject, AbortRun } from './run-errors.js';
import { Ledger } from './expected-state.js';
import { Personas } from '../../profile/personas.js';
import type { Profile } from '../../profile/profile.js';
import { ScimClient, SCIM_MEDIA_TYPE, type RequestOptions } from '../../client/scim-client.js';
import type { Progress } from './progress.js';
import { Random } from '../../profile/random.js';
import { summarizeResponse } from '../../client/summarize-response.js';

/** How large a rehearsal is, and how it goes about. */
export interface RehearsalOptions {
  readonly tenantUrl: string;
  readonly token: string;
  readonly profile: Profile;
  readonly dialect: DialectChoice;
  readonly users: number;
  readonly groups: number;
  /** Members of each group. */
  readonly members: number;
  readonly seed: string;
  /** Whether an earlier rehearsal may have had the same seed: what it left is removed first. */
  readonly isSeedChosen?: boolean;
  readonly keep: boolean;
  readonly concurrency: number;
  readonly rate?: number | undefined;
  readonly timeout?: number | undefined;
  /** Once aborted, the rehearsal stops, and removes what it made. */
  readonly signal?: AbortSignal | undefined;
  /** Once aborted, the removal stops too, and what is left is listed. */
  readonly abandon?: AbortSignal | undefined;
}

/** What the endpoint has turned out not to be able to do at all. It was told; whoever needs it leaves it out. */
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

/** So many requests in a row without an answer that can be read: nobody is there any more. */
const LOST = 3;

/** So many failures of the endpoint's own in a row: it is broken, whatever it is asked. */
const BROKEN = 25;

/** Entra's gallery demands that many requests a second; who throttles below that does not meet it. */
export const REQUIRED_RATE = 25;

/** A throttled request is repeated so often, after at most so many seconds. */
const THROTTLED_ATTEMPTS = 5;
const LONGEST_PAUSE = 30;

/** One rehearsal under way: what it talks to, what it has sent, and what it has learned of the endpoint. */
export class Session {
  readonly findings = new Findings();
  readonly ledger = new Ledger();
  readonly personas: Personas;
  readonly client: ScimClient;
  /** What is written in another way from now on. */
  readonly avoid = new Set<Deviation>();
  readonly unsupported = new Set<UnsupportedFeature>();
  /** For what is asked of nobody: the same in every rehearsal of the seed. */
  readonly random: Random;
  /** True once a deletion has been seen to delete. */
  isDeleteVerified = false;
  /** True once Test Connection has shown that it is a SCIM endpoint; before, the form of an answer tells nothing. */
  isConnected = false;
  #lost = 0;
  #broken = 0;
  #probes: number;
  readonly #recent: number[] = [];

  constructor(
    readonly options: RehearsalOptions,
    readonly progress: Progress,
    observe: (exchange: Exchange) => void,
  ) {
    this.personas = new Personas(options.profile, options.seed);
    this.random = new Random(`${options.seed} nobody`);
    this.#probes = options.users;
    this.client = new ScimClient({
      ...options,
      observe: (exchange) => {
        this.#recent.push(performance.now());
        if (this.#recent.length > REQUIRED_RATE) this.#recent.shift();
        observe(exchange);
        progress.note(exchange);
      },
    });
    const { flags } = this.client;
    if (options.dialect !== 'default' && !flags.includes(FLAG)) this.client.setFlags(flags ? `${flags}&${FLAG}` : FLAG);
  }

  get profile(): Profile {
    return this.options.profile;
  }

  /** The dialects in play. */
  get dialects(): readonly Dialect[] {
    const { dialect } = this.options;
    return dialect === 'both' ? ['default', FLAG] : [dialect];
  }

  /** How the n-th object is written: with `both`, each in its turn. */
  writer(n: number): PatchWriter {
    const { dialects } = this;
    return new PatchWriter(dialects[n % dialects.length] ?? 'default', this.avoid);
  }

  writerFor(dialect: Dialect): PatchWriter {
    return new PatchWriter(dialect, this.avoid);
  }

  /** The number of a person or group that serves one trial and nothing else. */
  nextProbeNumber(): number {
    return ++this.#probes;
  }

  /**
   * Sends one request. What makes any request pointless ends the rehearsal; a throttled one is repeated.
   *
   * @throws AbortRun, SkipObject
   */
  async send(method: string, path: string, options: RequestOptions): Promise<ScimResponse> {
    for (let attempt = 1; ; attempt++) {
      const response = await this.#sendOnce(method, path, options);
      this.#lookAt(response);
      if (response.status === 401) {
        this.report('token-refused', response, options.step, 'an answer other than 401');
        throw new AbortRun();
      }
      if (response.status !== 429) return this.#readable(response, options.step);
      if (this.#ratePerSecond() <= REQUIRED_RATE) {
        this.report('throttled', response, options.step, `no 429 at ${REQUIRED_RATE} requests a second`);
      }
      if (attempt === THROTTLED_ATTEMPTS) throw new SkipObject();
      await this.#pause(Number(response.headers['retry-after'] ?? 1), options.by);
    }
  }

  /**
   * The answer itself, when its status is one of those expected.
   *
   * @param rule what is broken when it is none of them, unless the status speaks for itself
   * @throws SkipObject after it was told
   */
  accept(
    response: ScimResponse,
    rule: RuleId,
    step: string,
    expected: readonly number[] = [200, 201, 204],
  ): ScimResponse {
    if (expected.includes(response.status) && (response.content === 'json' || response.content === 'none'))
      return response;
    this.report(this.#ruleOf(response, rule, expected), response, step, `status ${expected.join(' or ')}`);
    throw new SkipObject();
  }

  /**
   * Tells what an answer shows.
   *
   * @param answer undefined where nothing was asked
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

  /** Does something to one object; when that was given up, the others go on. @returns undefined when given up */
  async attempt<T>(work: () => Promise<T>): Promise<T | undefined> {
    try {
      return await work();
    } catch (error) {
      if (error instanceof SkipObject) return undefined;
      throw error;
    }
  }

  /**
   * Does something to many objects at once, as many as requests may be under way. What ends the rehearsal ends it when the
   * last of those under way is done.
   */
  async forEach<T>(items: readonly T[], work: (item: T) => Promise<void>): Promise<void> {
    const waiting = items.values();
    let isHalted = false;
    const lane = async () => {
      try {
        for (const item of waiting) {
          if (isHalted) return;
          this.options.signal?.throwIfAborted();
          await this.attempt(() => work(item));
          this.progress.advance();
        }
      } catch (error) {
        isHalted = true;
        throw error;
      }
    };
    const lanes = Array.from({ length: Math.min(this.options.concurrency, items.length) }, lane);
    const broken = (await Promise.allSettled(lanes)).find(({ status }) => status === 'rejected');
    if (broken?.status === 'rejected') throw broken.reason;
  }

  async #sendOnce(method: string, path: string, options: RequestOptions): Promise<ScimResponse> {
    try {
      return await this.client.request(method, path, options);
    } catch (error) {
      if (!(error instanceof TransportError)) throw error;
      // Cut by ourselves: nobody knows what became of it, and nobody is to blame.
      if (this.options.abandon?.aborted) throw new AbortRun(true);
      const { kind, message, exchange } = error;
      this.findings.add({ rule: kind, step: options.step, expected: 'an answer', seen: message, exchange });
      const isHopeless = kind === 'name-not-found' || kind === 'connection-refused' || kind === 'tls-failed';
      throw isHopeless || ++this.#lost >= LOST ? new AbortRun(true) : new SkipObject(true);
    }
  }

  /** A page for browsers is no answer, but for a 404 to a GET, whose body nobody reads. @throws AbortRun, SkipObject */
  #readable(response: ScimResponse, step: string): ScimResponse {
    const { status, content, exchange } = response;
    this.#broken = status >= 500 ? this.#broken + 1 : 0;
    if (this.#broken >= BROKEN) throw new AbortRun();
    const isPage = content === 'html' && status < 500 && (status !== 404 || exchange.method !== 'GET');
    const isNoJson = content === 'text' && status < 300 && exchange.method !== 'DELETE';
    if (!this.isConnected || (!isPage && !isNoJson)) {
      // Neither does such a 404 show that anybody is there.
      if (content !== 'html') this.#lost = 0;
      return response;
    }
    this.report(isPage ? 'answers-html' : 'answer-not-json', response, step, 'JSON');
    throw ++this.#lost >= LOST ? new AbortRun(status < 300) : new SkipObject(status < 300);
  }

  #lookAt(response: ScimResponse): void {
    const { headers, content, exchange } = response;
    const type = headers['content-type'] ?? '';
    // What a proxy in front says of itself is not the endpoint's.
    if (
      !this.isConnected ||
      content !== 'json' ||
      response.status === 401 ||
      response.status === 429 ||
      response.status >= 500
    )
      return;
    if (type.toLowerCase().startsWith(SCIM_MEDIA_TYPE)) return;
    this.report(
      'media-type',
      response,
      exchange.step,
      `Content-Type: ${SCIM_MEDIA_TYPE}`,
      `Content-Type: ${type || 'none'}`,
    );
  }

  #ruleOf({ status, content, exchange }: ScimResponse, rule: RuleId, expected: readonly number[]): RuleId {
    if (status >= 500 && status !== 501) return 'server-error';
    if (['POST', 'PATCH'].includes(exchange.method) && [403, 405, 501].includes(status)) return 'method-refused';
    if (content === 'html') return 'answers-html';
    if (content === 'text' && expected.includes(status)) return 'answer-not-json';
    return rule;
  }

  /** Of the last requests. */
  #ratePerSecond(): number {
    const [first = 0] = this.#recent;
    const seconds = (performance.now() - first) / 1000;
    return seconds === 0 ? Infinity : this.#recent.length / Math.max(seconds, 1);
  }

  async #pause(seconds: number, by: RequestOptions['by']): Promise<void> {
    const wait = Math.min(Number.isFinite(seconds) ? Math.max(seconds, 1) : 1, LONGEST_PAUSE);
    const { signal, abandon } = this.options;
    const stop = by === 'removal' ? abandon : signal;
    await setTimeout(wait * 1000, undefined, stop && { signal: stop });
  }
}
