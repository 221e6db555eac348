import { indentWithTab } from '@codemirror/commands';
import { json, jsonParseLinter } from '@codemirror/lang-json';
import { linter } from '@codemirror/lint';
import { EditorState, Prec, type Extension } from '@codemirror/state';
import { EditorView, keymap } from '@codemirror/view';
import { basicSetup } from 'codemirror';
import { graphql, updateSchema } from 'cm6-graphql';
import type { GraphQLSchema } from 'graphql';
import { theme } from './theme.js';

/** Callbacks of an editor. */
interface EditorEvents {
  readonly changed: () => void;
  /** Called on Ctrl-Enter or ⌘-Enter. */
  readonly run: () => void;
}

interface QueryEditorEvents extends EditorEvents {
  /** Called on a Ctrl-click on a type or a field. */
  readonly show: (type: string, field?: string) => void;
}

/** The extensions that both editors of a draft share. */
function common(label: string, { changed, run }: EditorEvents): Extension {
  const runIt = (): boolean => {
    run();
    return true;
  };
  return [
    // Takes precedence over the basic setup, where Ctrl-Enter inserts a line.
    Prec.highest(keymap.of([{ key: 'Mod-Enter', run: runIt }])),
    basicSetup,
    keymap.of([indentWithTab]),
    EditorView.lineWrapping,
    // Ctrl-click opens the documentation.
    EditorView.clickAddsSelectionRange.of(({ altKey }) => altKey),
    EditorView.contentAttributes.of({ 'aria-label': label }),
    EditorView.updateListener.of(({ docChanged }) => {
      if (docChanged) changed();
    }),
    theme,
  ];
}

/**
 * Adds an editor to the page, in a shadow tree: there CodeMirror uses constructed style sheets. In the document it
 * would insert style elements, which the page's content security policy blocks.
 */
function mount(parent: HTMLElement, extensions: Extension = []): EditorView {
  const root = parent.attachShadow({ mode: 'open' });
  return new EditorView({ parent: root, root, extensions });
}

/** A view of text that can be read and replaced as a whole. */
export interface TextView {
  /** The text. Setting it clears the undo history. */
  text: string;
}

/** The editor of operations. With a schema it has completion, linting and links to the documentation. */
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

  /** The position of the cursor, in characters from the start. */
  get position(): number {
    return this.#view.state.selection.main.head;
  }

  /** The schema for completion and linting; undefined without a valid token. */
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
    // An empty editor is valid.
    const checked = linter((view) => (view.state.doc.toString().trim() === '' ? [] : parse(view)));
    this.#view.setState(EditorState.create({ doc, extensions: [common('Variables', this.events), json(), checked] }));
  }
}

/** A read-only view of results. */
export class ResultView implements TextView {
  readonly #view: EditorView;

  constructor(parent: HTMLElement) {
    const readOnly = [EditorState.readOnly.of(true), EditorView.contentAttributes.of({ 'aria-label': 'Result' })];
    this.#view = mount(parent, [basicSetup, json(), readOnly, EditorView.lineWrapping, theme]);
  }

  get text(): string {
    return this.#view.state.doc.toString();
  }

  set text(insert: string) {
    this.#view.dispatch({ changes: { from: 0, to: this.#view.state.doc.length, insert } });
  }

  /** Scrolls to the last line. */
  scrollToEnd(): void {
    this.#view.dispatch({ effects: EditorView.scrollIntoView(this.#view.state.doc.length) });
  }
}
