import { indentWithTab } from '@codemirror/commands';
import { json, jsonParseLinter } from '@codemirror/lang-json';
import { linter } from '@codemirror/lint';
import { EditorState, Prec, type Extension } from '@codemirror/state';
import { EditorView, keymap } from '@codemirror/view';
import { basicSetup } from 'codemirror';
import { graphql, updateSchema } from 'cm6-graphql';
import type { GraphQLSchema } from 'graphql';
import { theme } from './theme.js';

/** What an editor tells the page. */
interface EditorEvents {
  readonly changed: () => void;
  /** Ctrl-Enter was pressed, or ⌘-Enter. */
  readonly run: () => void;
}

interface QueryEditorEvents extends EditorEvents {
  /** A type was Ctrl-clicked, or one of its fields. */
  readonly show: (type: string, field?: string) => void;
}

/** Extensions that are the same for both editors of a draft. */
function common(label: string, { changed, run }: EditorEvents): Extension {
  const runIt = (): boolean => {
    run();
    return true;
  };
  return [
    // Ahead of the basic set-up, where Ctrl-Enter begins a new line.
    Prec.highest(keymap.of([{ key: 'Mod-Enter', run: runIt }])),
    basicSetup,
    keymap.of([indentWithTab]),
    EditorView.lineWrapping,
    // Ctrl-click asks for documentation.
    EditorView.clickAddsSelectionRange.of(({ altKey }) => altKey),
    EditorView.contentAttributes.of({ 'aria-label': label }),
    EditorView.updateListener.of(({ docChanged }) => {
      if (docChanged) changed();
    }),
    theme,
  ];
}

/**
 * Puts an editor into the page, in a shadow tree: there its style sheets are objects. In the document they would be
 * text, which the page's policy refuses.
 */
function mount(parent: HTMLElement, extensions: Extension = []): EditorView {
  const root = parent.attachShadow({ mode: 'open' });
  return new EditorView({ parent: root, root, extensions });
}

/** A text in the page that can be replaced as a whole. */
export interface TextView {
  /** What stands there; setting it forgets what could be undone. */
  text: string;
}

/** The editor of operations: completion, linting and the way into the documentation come with the schema. */
export class QueryEditor implements TextView {
  readonly #view: EditorView;
  #schema: GraphQLSchema | undefined;

  constructor(
    parent: HTMLElement,
    private readonly events: QueryEditorEvents,
  ) {
    this.#view = mount(parent);
  }

  get text(): string {
    return this.#view.state.doc.toString();
  }

  set text(doc: string) {
    const { show } = this.events;
    const language = graphql(this.#schema, {
      onShowInDocs: (field, type, parent) => {
        const name = parent ?? type;
        if (name !== undefined) show(name, field);
      },
    });
    this.#view.setState(EditorState.create({ doc, extensions: [common('Operation', this.events), language] }));
  }

  /** Where the cursor is, in characters from the start. */
  get position(): number {
    return this.#view.state.selection.main.head;
  }

  /** What completion knows; undefined while no token opens anything. */
  set schema(schema: GraphQLSchema | undefined) {
    this.#schema = schema;
    updateSchema(this.#view, schema);
  }
}

/** The editor of variables. */
export class VariablesEditor implements TextView {
  readonly #view: EditorView;

  constructor(
    parent: HTMLElement,
    private readonly events: EditorEvents,
  ) {
    this.#view = mount(parent);
  }

  get text(): string {
    return this.#view.state.doc.toString();
  }

  set text(doc: string) {
    const parse = jsonParseLinter();
    // Nothing is fine too.
    const checked = linter((view) => (view.state.doc.toString().trim() === '' ? [] : parse(view)));
    this.#view.setState(EditorState.create({ doc, extensions: [common('Variables', this.events), json(), checked] }));
  }
}

/** Where answers are shown. */
export class AnswerView implements TextView {
  readonly #view: EditorView;

  constructor(parent: HTMLElement) {
    const readOnly = [EditorState.readOnly.of(true), EditorView.contentAttributes.of({ 'aria-label': 'Answer' })];
    this.#view = mount(parent, [basicSetup, json(), readOnly, EditorView.lineWrapping, theme]);
  }

  get text(): string {
    return this.#view.state.doc.toString();
  }

  set text(insert: string) {
    this.#view.dispatch({ changes: { from: 0, to: this.#view.state.doc.length, insert } });
  }

  /** Brings the last line into view. */
  scrollToEnd(): void {
    this.#view.dispatch({ effects: EditorView.scrollIntoView(this.#view.state.doc.length) });
  }
}
