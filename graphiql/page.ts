import { buildClientSchema, getIntrospectionQuery, type GraphQLSchema, type IntrospectionQuery } from 'graphql';
import { Docs } from './docs.js';
import { chooseOperation, readDrafts, storeDrafts, titleOf, type Draft } from './drafts.js';
import { QueryEditor, ResultView, VariablesEditor } from './editors.js';
import { element, find } from './element.js';
import { EXAMPLES } from './examples.js';
import { runOnce, subscribe, type Request, type Service } from './run.js';
import { TokenStore } from './token-store.js';

/** A draft in its tab, with the results of its operation. */
interface OpenDraft {
  query: string;
  variables: string;
  results: string[];
  /** The status line above the results. */
  progress: string;
  /** Stops the running operation. Undefined if no operation is running. */
  stop?: (() => void) | undefined;
}

/** The maximum number of results to show. Older results are dropped, so that a page can stay open for a day. */
const MAX_RESULTS = 200;

const WELCOME = `Enter a token above. The first start of Portico prints
an admin token. To create another:

  npm run -s portico -- token create --kind admin

To create a token that reads a single directory and its events:

  npm run -s portico -- token create \\
    --kind graphql --directory default
`;

const tokens = new TokenStore(sessionStorage, localStorage);
const drafts = (readDrafts(localStorage) ?? EXAMPLES).map(open);
let [current = blank()] = drafts;

const tabs = find('tabs', HTMLElement);
const runButton = find('run', HTMLButtonElement);
const progress = find('progress', HTMLOutputElement);
const status = find('status', HTMLOutputElement);
const tokenField = find('token', HTMLInputElement);
const keepBox = find('keep', HTMLInputElement);

const docs = new Docs(find('article', HTMLElement), find('search', HTMLInputElement));
const resultView = new ResultView(find('result', HTMLElement));
const events = { changed: takeDraft, run: toggle };
const query = new QueryEditor(find('query', HTMLElement), { ...events, show: (type, field) => docs.show(type, field) });
const variables = new VariablesEditor(find('variables', HTMLElement), events);

function open({ query, variables }: Draft): OpenDraft {
  return { query, variables, results: [], progress: '' };
}

function blank(): OpenDraft {
  return open({ query: '', variables: '' });
}

/** Returns the endpoint and the current token. */
function service(): Service {
  return { url: new URL('/graphql', location.href).href, token: tokens.token };
}

/** Stores the edited draft. */
function takeDraft(): void {
  const before = titleOf(current);
  current.query = query.text;
  current.variables = variables.text;
  storeDrafts(localStorage, drafts);
  if (titleOf(current) !== before) renderTabs();
}

function choose(draft: OpenDraft): void {
  current = draft;
  query.text = draft.query;
  variables.text = draft.variables;
  renderTabs();
  renderResults();
}

function close(draft: OpenDraft): void {
  draft.stop?.();
  const index = drafts.indexOf(draft);
  drafts.splice(index, 1);
  if (drafts.length === 0) drafts.push(blank());
  storeDrafts(localStorage, drafts);
  if (draft === current) choose(drafts[Math.max(0, index - 1)] ?? current);
  else renderTabs();
}

function renderTabs(): void {
  const made = drafts.map((draft) => {
    const title = titleOf(draft);
    const tab = element('button', { type: 'button', className: 'tab' }, title);
    tab.setAttribute('aria-current', String(draft === current));
    tab.addEventListener('click', () => choose(draft));
    const closer = element('button', { type: 'button', className: 'close', title: `Close ${title}` }, '×');
    closer.addEventListener('click', () => close(draft));
    return element('span', {}, tab, closer);
  });
  const another = element('button', { type: 'button', className: 'tab', title: 'A new operation' }, '+');
  another.addEventListener('click', () => {
    const draft = blank();
    drafts.push(draft);
    choose(draft);
  });
  tabs.replaceChildren(...made, another);
}

function renderResults(): void {
  const { results, stop } = current;
  resultView.text = results.join('\n') || (tokens.token === '' ? WELCOME : '');
  if (results.length > 1) resultView.scrollToEnd();
  runButton.textContent = stop ? 'Stop' : 'Run';
  progress.value = current.progress;
}

/** Runs the operation at the cursor, or stops the running one. */
function toggle(): void {
  const draft = current;
  if (draft.stop) {
    draft.stop();
    return;
  }
  draft.results = [];
  const { kind, name } = chooseOperation(draft.query, query.position);
  try {
    const request = { query: draft.query, operationName: name, variables: parseVariables(draft.variables) };
    if (kind === 'subscription') follow(draft, request);
    else void ask(draft, request);
  } catch (error) {
    if (!(error instanceof SyntaxError)) throw error;
    setProgress(draft, `The variables are not valid JSON: ${error.message}`);
  }
}

async function ask(draft: OpenDraft, request: Request): Promise<void> {
  const stopped = new AbortController();
  draft.stop = () => stopped.abort();
  setProgress(draft, 'Running …');
  const start = performance.now();
  try {
    show(draft, await runOnce(service(), request, stopped.signal));
    draft.progress = `${Math.round(performance.now() - start)} ms`;
  } catch (error) {
    draft.progress = stopped.signal.aborted ? 'Stopped' : toMessage(error);
  }
  draft.stop = undefined;
  setProgress(draft, draft.progress);
}

function follow(draft: OpenDraft, request: Request): void {
  let count = 0;
  draft.stop = subscribe(service(), request, {
    next: (next) => {
      count += 1;
      show(draft, next);
      setProgress(draft, `Listening, results: ${count} …`);
    },
    ended: (reason) => {
      draft.stop = undefined;
      setProgress(draft, `Ended, results: ${count}${reason === undefined ? '' : `: ${reason}`}`);
    },
  });
  setProgress(draft, 'Listening …');
}

function show(draft: OpenDraft, next: unknown): void {
  draft.results.push(JSON.stringify(next, undefined, 2));
  draft.results.splice(0, draft.results.length - MAX_RESULTS);
}

function setProgress(draft: OpenDraft, text: string): void {
  draft.progress = text;
  if (draft === current) renderResults();
}

/** Parses the variables. Throws SyntaxError. */
function parseVariables(text: string): Record<string, unknown> | undefined {
  return text.trim() === '' ? undefined : (JSON.parse(text) as Record<string, unknown>);
}

/** Reads the schema with the current token, for completion, linting and documentation. */
async function introspect(): Promise<void> {
  const { token } = tokens;
  status.value = token === '' ? 'Enter a token' : 'Reading the schema …';
  let schema: GraphQLSchema | undefined;
  if (token !== '') {
    try {
      schema = toSchema(await runOnce(service(), { query: getIntrospectionQuery({ inputValueDeprecation: true }) }));
      status.value = 'The token is valid';
    } catch (error) {
      status.value = toMessage(error);
    }
  }
  // The token may have been replaced in the meantime.
  if (token !== tokens.token) return;
  query.schema = schema;
  docs.schema = schema;
  renderResults();
}

interface IntrospectionResult {
  readonly data?: IntrospectionQuery;
  readonly errors?: ReadonlyArray<{ readonly message: string; readonly extensions?: { readonly code?: string } }>;
}

/**
 * Builds the schema from an introspection result. Throws an error with a message for the user if the server rejected
 * it.
 */
function toSchema(result: unknown): GraphQLSchema {
  const { data, errors } = result as IntrospectionResult;
  if (data) return buildClientSchema(data);
  const [error] = errors ?? [];
  if (error?.extensions?.code === 'UNAUTHENTICATED') throw new Error('This is not a valid GraphQL or admin token');
  throw new Error(error?.message ?? 'The response of the server contains no schema');
}

function toMessage(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}

find('credentials', HTMLFormElement).addEventListener('submit', (event) => {
  event.preventDefault();
  tokens.store(tokenField.value.trim(), keepBox.checked);
  void introspect();
});
runButton.addEventListener('click', toggle);

tokenField.value = tokens.token;
keepBox.checked = tokens.isKept;
choose(current);
void introspect();
