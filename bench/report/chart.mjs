/** Charts as SVG, legible on light and dark pages, standalone or in an `<img>`. */

const WIDTH = 760;
const LABEL = 190;
const VALUE = 56;
const BAR = 18;
const GAP = 5;
const HEADLINE = 30;

const STYLE = `
  text { font: 13px system-ui, sans-serif; fill: #24292f }
  .title { font-weight: 600; font-size: 14px }
  .small { font-size: 11px; fill: #57606a }
  .bar { fill: #b6bec9 }
  .portico { fill: #0969da }
  .floor { fill: #8c959f }
  .line { stroke: #57606a; stroke-width: 1; fill: none }
  .goal { stroke: #bc4c00; stroke-width: 1.5; stroke-dasharray: 4 3 }
  .grid { stroke: #d0d7de; stroke-width: 1 }
  @media (prefers-color-scheme: dark) {
    text { fill: #e6edf3 }
    .small { fill: #9198a1 }
    .bar { fill: #4b535d }
    .portico { fill: #4493f8 }
    .floor { fill: #6e7681 }
    .line { stroke: #9198a1 }
    .goal { stroke: #db6d28 }
    .grid { stroke: #3d444d }
  }`;

/**
 * Draws ratios as horizontal bars in groups.
 *
 * @param groups `[{ name, goal, bars: [{ name, kind, value }] }]`; `goal` is a mark across Portico's bar
 * @param caption explains the value 1
 */
export function barChart({ caption, groups }) {
  const most = Math.max(1, ...groups.flatMap(({ bars }) => bars.map(({ value }) => value)).filter(Number.isFinite));
  const scale = (WIDTH - LABEL - VALUE) / most;
  const mark = (style, at, y, bars) => {
    const x = round(LABEL + at * scale);
    return `<line class="${style}" x1="${x}" x2="${x}" y1="${y - 3}" y2="${y + bars * (BAR + GAP) - 2}"/>`;
  };
  const parts = [];
  let y = HEADLINE;
  for (const { name, goal, bars } of groups) {
    parts.push(text(0, y, name, 'title'));
    y += 10;
    const values = [];
    const marks = [mark('line', 1, y, bars.length)];
    for (const { name: label, kind, value } of bars) {
      const width = Number.isFinite(value) ? Math.max(1, value * scale) : 0;
      parts.push(text(LABEL - 8, y + 13, label, '', 'end'));
      parts.push(`<rect class="bar ${kind}" x="${LABEL}" y="${y}" width="${round(width)}" height="${BAR}" rx="2"/>`);
      const hasGoal = kind === 'portico' && goal !== undefined;
      if (hasGoal) marks.push(mark('goal', goal, y, 1));
      // A figure that would overlap a mark moves to the right of it.
      const behind = (hasGoal ? [goal, 1] : [1]).map((at) => at * scale).sort((left, right) => left - right);
      const at = behind.reduce((left, x) => (x > left && x < left + VALUE - 12 ? x : left), width);
      values.push(text(LABEL + at + 6, y + 13, Number.isFinite(value) ? value.toFixed(2) : '–'));
      y += BAR + GAP;
    }
    parts.push(...marks, ...values);
    y += HEADLINE;
  }
  parts.push(text(0, y - 6, caption, 'small'));
  return svg(y + 4, parts);
}

/**
 * Draws lines over a logarithmic axis of sizes.
 *
 * @param sizes `[{ name, size }]`, from the smallest
 * @param lines `[{ name, values }]`, a value for each size
 */
export function lineChart({ caption, sizes, lines, unit }) {
  const [left, right, top, height] = [46, 180, 16, 260];
  const most = Math.max(...lines.flatMap(({ values }) => values)) * 1.1;
  const [first, last] = [Math.log(sizes[0].size), Math.log(sizes.at(-1).size)];
  const x = (size) => left + ((Math.log(size) - first) / (last - first)) * (WIDTH - left - right);
  const y = (value) => top + height * (1 - value / most);
  const parts = [];
  for (let step = 0; step <= 4; step++) {
    const value = (most * step) / 4;
    parts.push(
      `<line class="grid" x1="${left}" x2="${WIDTH - right}" y1="${round(y(value))}" y2="${round(y(value))}"/>`,
    );
    parts.push(text(left - 6, y(value) + 4, `${value.toFixed(1)}`, 'small', 'end'));
  }
  for (const { name, size } of sizes) parts.push(text(x(size), top + height + 18, name, 'small', 'middle'));
  const labels = spaced(lines.map(({ values }) => y(values.at(-1))));
  for (const [index, { name, values }] of lines.entries()) {
    const hue = `hsl(${Math.round((index * 360) / lines.length + 210) % 360} 65% 50%)`;
    const points = values.map((value, at) => `${round(x(sizes[at].size))},${round(y(value))}`);
    parts.push(`<polyline points="${points.join(' ')}" fill="none" stroke="${hue}" stroke-width="2.5"/>`);
    for (const point of points) {
      const [cx, cy] = point.split(',');
      parts.push(`<circle cx="${cx}" cy="${cy}" r="3.5" fill="${hue}"/>`);
    }
    parts.push(text(WIDTH - right + 12, labels[index] + 4, `${name}, ${values.at(-1).toFixed(1)}`));
  }
  parts.push(text(left, top - 4, unit, 'small'), text(0, top + height + 42, caption, 'small'));
  return svg(top + height + 50, parts);
}

/** Moves heights apart so that no two labels overlap. */
function spaced(heights) {
  const order = heights.map((_, index) => index).sort((left, right) => heights[right] - heights[left]);
  const placed = [...heights];
  for (let place = 1; place < order.length; place++) {
    const below = placed[order[place - 1]];
    placed[order[place]] = Math.min(placed[order[place]], below - 16);
  }
  return placed;
}

function svg(height, parts) {
  return `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${WIDTH} ${height}" width="${WIDTH}" height="${height}" role="img">
<style>${STYLE}
</style>
${parts.join('\n')}
</svg>
`;
}

function text(x, y, content, style = '', anchor = 'start') {
  const escaped = content.replaceAll('&', '&amp;').replaceAll('<', '&lt;');
  return `<text x="${round(x)}" y="${round(y)}" class="${style}" text-anchor="${anchor}">${escaped}</text>`;
}

function round(number) {
  return Math.round(number * 10) / 10;
}
