/** Writes figures into docs/performance.md, between its markers. The text around them is written by hand. */
import { readFile, writeFile } from 'node:fs/promises';

const docs = new URL('../../docs/', import.meta.url);

/** Writes the figures of one part into the page, and its charts beside it. Other parts keep their figures. */
export async function writeSection(section) {
  const { format, resolveConfig } = await import('prettier');
  const page = new URL('performance.md', docs);
  const text = withSection(await readFile(page, 'utf8'), section);
  const style = await resolveConfig(page);
  await writeFile(page, await format(text, { ...style, parser: 'markdown' }));
  for (const [name, svg] of Object.entries(section.charts ?? {})) await writeFile(new URL(name, docs), svg);
}

/** Replaces the figures of one part in the text of the page. */
export function withSection(text, { name, markdown, line }) {
  const [begin, end] = [`<!-- figures: ${name} -->`, `<!-- end: ${name} -->`];
  const [from, to] = [text.indexOf(begin), text.indexOf(end)];
  if (from < 0 || to < from) throw new Error(`docs/performance.md has no markers for ${name}: ${begin} … ${end}`);
  return `${text.slice(0, from + begin.length)}\n\n${markdown}\n\n_${line}_\n\n${text.slice(to)}`;
}
