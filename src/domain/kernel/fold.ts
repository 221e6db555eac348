// Printable ASCII without upper-case letters folds to itself: nearly every userName and e-mail address.
const ALREADY_FOLDED = /^[ -@[-~]*$/;
const ASCII = /^[ -~]*$/;

/**
 * Returns the key for case-insensitive comparison: NFC, then Unicode case folding, so that `ÉMILE` and `émile`,
 * `STRASSE` and `straße`, `ΟΔΟΣ` and `οδος` are equal. Stored keys and search literals both use it, never SQL's
 * `lower()`, whose result depends on the locale of the database.
 *
 * Lower, upper, lower again equals the full folding of Unicode's CaseFolding.txt except for two letters: the final
 * sigma, which lower-casing restores, and the dotless ı, which upper-casing would merge with i.
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
