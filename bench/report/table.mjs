/** Formats Markdown tables and numbers. */

/** A Markdown table; each row has as many cells as the head. All columns but the first are right-aligned. */
export function toTable(head, rows) {
  const lines = [head, head.map((_, index) => (index === 0 ? '---' : '--:')), ...rows];
  return lines.map((cells) => `| ${cells.join(' | ')} |`).join('\n');
}

/** A number with thousands separators, or a dash for one that could not be measured. */
export function show(number, digits = 0) {
  if (!Number.isFinite(number)) return '–';
  return number.toLocaleString('en', { minimumFractionDigits: digits, maximumFractionDigits: digits });
}

/** The median and the 99th percentile, such as `2.42 / 6.85`. */
export function showSpread({ p50, p99 }, digits = 2) {
  return `${show(p50, digits)} / ${show(p99, digits)}`;
}

/**
 * A table of targets: the target, the measured value, and whether the target is met. A goal has either `least` or `most`;
 * `inCpu` is the same ratio in CPU time, where that was measured.
 */
export function toGoals(goals) {
  const hasCpu = goals.some(({ inCpu }) => inCpu !== undefined);
  return toTable(
    ['Goal', 'target', 'measured', '', ...(hasCpu ? ['in CPU'] : [])],
    goals.map(({ name, least, most, unit = '', value, inCpu }) => {
      const isMet = least === undefined ? value <= most : value >= least;
      const aim = least === undefined ? `at most ${most}` : `at least ${least}`;
      const verdict = isMet ? 'met' : '**not met**';
      return [name, aim + unit, show(value, 2) + unit, verdict, ...(hasCpu ? [show(inCpu, 2)] : [])];
    }),
  );
}
