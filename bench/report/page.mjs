/** docs/performance.md: people write it, and the figures between its markers come from here. */
import { readFile, writeFile } from 'node:fs/promises';

const docs = new URL('../../docs/', import.meta.url);

/** Puts the figures of a part into the page, and its charts beside it. Other parts keep what they have. */
export async function writeSection(section) {
  const { format, resolveConfig } = await import('prettier');
  const page = new URL('performance.md', docs);
  const text = withSection(await readFile(page, 'utf8'), section);
  const style = await resolveConfig(page);
  await writeFile(page, await format(text, { ...style, parser: 'markdown' }));
  for (const [name, svg] of Object.entries(section.charts ?? {})) await writeFile(new URL(name, docs), svg);
}

/** The page with one part's figures in the place of those it had. */
export function withSection(text, { name, markdown, line }) {
  const [begin, end] = [`<!-- figures: ${name} -->`, `<!-- end: ${name} -->`];
  const [from, to] = [text.indexOf(begin), text.indexOf(end)];
  if (from < 0 || to < from) throw new Error(`docs/performance.md has no place for ${name}: ${begin} … ${end}`);
  return `${text.slice(0, from + begin.length)}\n\n${markdown}\n\n_${line}_\n\n${text.slice(to)}`;
}
