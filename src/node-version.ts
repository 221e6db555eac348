/** The oldest Node that the dependencies run on, as in `engines` of package.json. */
const OLDEST = [22, 17];

/**
 * The releases of October 2026 that fixed an out-of-bounds write in the Brotli decoder, one for each line that Node
 * still supports. Later lines were cut after the fix.
 */
const BROTLI_FIXED = [
  [22, 23, 4],
  [24, 22, 1],
  [26, 12, 1],
];

/** A problem with a version of Node: an error stops the start, a warning does not. */
export interface NodeVersionProblem {
  readonly severity: 'error' | 'warning';
  /** One line. */
  readonly message: string;
}

/**
 * Checks the version of Node.
 *
 * This module imports nothing, and keeps to syntax that old versions of Node parse: it runs before everything else.
 *
 * @param version as in `process.versions.node`
 * @returns undefined for a version without a known problem
 */
export function findNodeVersionProblem(version: string): NodeVersionProblem | undefined {
  const parts = version.split('.').map(Number);
  if (isBefore(parts, OLDEST)) {
    return { severity: 'error', message: `Node ${version} is too old, ${OLDEST.join('.')} or later is needed` };
  }
  // Lines with an odd number, such as 25, were out of support by then and got no fix.
  const fix = BROTLI_FIXED.find(([line = 0]) => (parts[0] ?? 0) <= line);
  if (fix === undefined || !isBefore(parts, fix)) return undefined;
  const fixes = BROTLI_FIXED.map((each) => each.join('.'));
  return {
    severity: 'warning',
    message:
      `Node ${version} has a memory fault in its Brotli decoder, fixed in ${fixes.slice(0, -1).join(', ')} and ` +
      `${fixes.at(-1) ?? ''}. Request bodies with Content-Encoding br are refused with 415 in any case`,
  };
}

/** Whether a version comes before another; parts that are missing count as 0. */
function isBefore(version: readonly number[], other: readonly number[]): boolean {
  for (const [index, part] of other.entries()) {
    const own = version[index] ?? 0;
    if (own !== part) return own < part;
  }
  return false;
}
