/** Renders the figures of pages deep in a list. */
import { show, showSpread, toTable } from './table.mjs';

export function reportPages({ users, size, pages }) {
  const table = toTable(
    [`a page of ${size} from ${show(users)} users, ms, median / 99th percentile`, 'by index', 'by cursor'],
    pages.map(({ before, index, cursor }) => [
      before === 0 ? 'the first' : `after ${show(before)} users`,
      showSpread(index),
      showSpread(cursor),
    ]),
  );
  return { markdown: table };
}
