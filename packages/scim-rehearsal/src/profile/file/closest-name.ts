/** So many names are shown in a message, which is one line. */
const SHOWN = 10;

/** Names for a message: some of them where there are many. */
export function listOf(names: readonly string[]): string {
  if (names.length === 0) return 'nothing';
  if (names.length <= SHOWN) return names.join(', ');
  return `${names.slice(0, SHOWN).join(', ')} and ${names.length - SHOWN} more`;
}

/** The name that was probably meant: the one that at most two slips of the finger, in short ones one, make of the other. */
export function closestName(text: string, names: readonly string[]): string | undefined {
  const most = text.length > 4 ? 2 : 1;
  const [nearest] = names
    .map((name) => ({ name, slips: slipsBetween(text.toLowerCase(), name.toLowerCase()) }))
    .filter(({ slips }) => slips <= most)
    .toSorted((a, b) => a.slips - b.slips);
  return nearest?.name;
}

/** How many letters must be added, left out, changed, or swapped with the next one, to make one text of the other. */
function slipsBetween(a: string, b: string): number {
  const rows: number[][] = [Array.from({ length: b.length + 1 }, (_one, column) => column)];
  const at = (row: number, column: number) => rows[row]?.[column] ?? Infinity;
  for (let row = 1; row <= a.length; row++) {
    const costs = [row];
    rows.push(costs);
    for (let column = 1; column <= b.length; column++) {
      const isSame = a[row - 1] === b[column - 1];
      const isSwapped = a[row - 1] === b[column - 2] && a[row - 2] === b[column - 1];
      costs[column] = Math.min(
        at(row - 1, column) + 1,
        at(row, column - 1) + 1,
        at(row - 1, column - 1) + (isSame ? 0 : 1),
        isSwapped ? at(row - 2, column - 2) + 1 : Infinity,
      );
    }
  }
  return at(a.length, b.length);
}
