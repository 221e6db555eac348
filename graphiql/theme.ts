import { HighlightStyle, syntaxHighlighting } from '@codemirror/language';
import type { Extension } from '@codemirror/state';
import { EditorView } from '@codemirror/view';
import { tags } from '@lezer/highlight';

/** The highlighting of code. The colors are variables in page.css, which has a light and a dark set. */
const colors = HighlightStyle.define([
  { tag: [tags.definitionKeyword, tags.keyword, tags.modifier], color: 'var(--keyword)' },
  { tag: [tags.propertyName, tags.atom], color: 'var(--field)' },
  { tag: [tags.attributeName, tags.variableName], color: 'var(--argument)' },
  { tag: tags.string, color: 'var(--string)' },
  { tag: [tags.number, tags.integer, tags.float, tags.bool, tags.null], color: 'var(--number)' },
  { tag: tags.special(tags.name), color: 'var(--enum)' },
  { tag: tags.lineComment, color: 'var(--quiet)' },
]);

const isDark = window.matchMedia('(prefers-color-scheme: dark)').matches;

const frame = EditorView.theme(
  {
    '&': { height: '100%', color: 'var(--ink)', backgroundColor: 'transparent' },
    '&.cm-focused': { outline: 'none' },
    '.cm-scroller': { fontFamily: 'var(--mono)', lineHeight: '1.5' },
    '.cm-gutters': { backgroundColor: 'transparent', color: 'var(--quiet)', border: 'none' },
    '.cm-activeLine, .cm-activeLineGutter': { backgroundColor: 'var(--hover)' },
    '.cm-tooltip': { backgroundColor: 'var(--paper)', border: '1px solid var(--line)', color: 'var(--ink)' },
    '.cm-completionInfo': { maxWidth: '24rem' },
  },
  { dark: isDark },
);

/** The theme of every editor of the page. */
export const theme: Extension = [frame, syntaxHighlighting(colors)];
