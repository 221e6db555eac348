import { writeFile } from 'node:fs/promises';
import { toHtmlReport } from '../report/html-report.js';
import { toJsonReport } from '../report/json-report.js';
import { toTextReport } from '../report/text-report.js';
import { toValidationHtml } from '../report/validation-html-report.js';
import { toValidationText } from '../report/validation-text-report.js';
import type { RehearsalResult } from '../simulator/result.js';
import type { ValidationResult } from '../validator/validation-result.js';

type Result = RehearsalResult | ValidationResult;

/** A report that cannot be written. The message is one line. */
export class ReportFileError extends Error {
  override readonly name = 'ReportFileError';
}

/**
 * Writes a report to a file, in the format that the name of the file asks for.
 *
 * @param result leaves the file empty when absent
 * @throws ReportFileError
 */
export async function writeReport(file: string, result?: Result): Promise<void> {
  try {
    await writeFile(file, result ? toReport(file, result) : '');
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error);
    throw new ReportFileError(`${file} cannot be written: ${reason}`, { cause: error });
  }
}

/** The report as text. */
export function toText(result: Result): string {
  return 'checks' in result ? toValidationText(result) : toTextReport(result);
}

function toReport(file: string, result: Result): string {
  if (/\.html?$/i.test(file)) return 'checks' in result ? toValidationHtml(result) : toHtmlReport(result);
  return /\.json$/i.test(file) ? toJsonReport(result) : toText(result);
}
