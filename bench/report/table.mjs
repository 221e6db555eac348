/** Tables in Markdown, and figures as people read them. */

/** A table; each row has as many cells as the head. Figures, which all but the first column hold, stand on the right. */
export function toTable(head, rows) {
  const lines = [head, head.map((_, index) => (index === 0 ? '---' : '--:')), ...rows];
  return lines.map((cells) => `| ${cells.join(' | ')} |`).join('\n');
}

/** With commas, or a dash for what could not be measured. */
export function show(number, digits = 0) {
  if (!Number.isFinite(number)) return '–';
  return number.toLocaleString('en', { minimumFractionDigits: digits, maximumFractionDigits: digits });
}

/** Median and 99th percentile. */
export function showSpread({ p50, p99 }, digits = 2) {
  return `${show(p50, digits)} / ${show(p99, digits)}`;
}

/**
 * What is aimed at, what came out, and whether that is enough. `least` or `most` says which way is better; `inCpu` is the
 * same ratio of what a request cost, where that was measured.
 */
export function toGoals(goals) {
  const hasCpu = goals.some(({ inCpu }) => inCpu !== undefined);
  return toTable(
    ['Goal', 'aimed at', 'measured', '', ...(hasCpu ? ['in CPU'] : [])],
    goals.map(({ name, least, most, unit = '', value, inCpu }) => {
      const isMet = least === undefined ? value <= most : value >= least;
      const aim = least === undefined ? `at most ${most}` : `at least ${least}`;
      const verdict = isMet ? 'met' : '**not met**';
      return [name, aim + unit, show(value, 2) + unit, verdict, ...(hasCpu ? [show(inCpu, 2)] : [])];
    }),
  );
}
