// Printable ASCII without upper-case letters maps to itself, which is nearly every userName and e-mail address.
const ALREADY_FOLDED = /^[ -@[-~]*$/;
const ASCII = /^[ -~]*$/;

/**
 * The key under which text is compared without regard to case: NFC, then Unicode case folding, so that `ÉMILE` and
 * `émile`, `STRASSE` and `straße`, `ΟΔΟΣ` and `οδος` are one. The application folds, never SQL: `lower()` depends on
 * the locale of the database. Stored keys and literals of a search go through this same function.
 *
 * Lower, upper, lower again is the full folding of Unicode's CaseFolding.txt but for two letters: the final sigma,
 * which lower-casing brings back, and the dotless ı, which upper-casing would merge with i.
 */
export function fold(text: string): string {
  if (ALREADY_FOLDED.test(text)) return text;
  if (ASCII.test(text)) return text.toLowerCase();
  return text
    .normalize('NFC')
    .split('ı')
    .map((part) => part.toLowerCase().toUpperCase().toLowerCase())
    .join('ı')
    .replaceAll('ς', 'σ')
    .normalize('NFC');
}
