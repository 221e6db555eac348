/* What the configuration means for each part. The parts themselves know nothing of it. */
import { readFile } from 'node:fs/promises';
import { ConfigError, type Config } from './config.js';
import type { BudgetRules } from './graph/operation/budget.js';
import { ManifestError, TrustedDocuments } from './graph/operation/trusted-documents.js';
import { buildGraphSchema } from './graph/schema.js';
import { DEFAULT_LIMITS, type ScimLimits } from './scim/limits.js';

/** The limits of SCIM requests. `attributes` of one object is no setting: no schema declares so many. */
export function toScimLimits(config: Config): ScimLimits {
  return {
    ...DEFAULT_LIMITS,
    bodyBytes: config.maxBodyBytes,
    filter: {
      length: config.maxFilterLength,
      depth: config.maxFilterDepth,
      comparisons: config.maxFilterComparisons,
    },
    patchOperations: config.maxPatchOperations,
    requestMembers: config.maxRequestMembers,
    elements: config.maxElements,
    attributeLength: config.maxAttributeLength,
    bulkOperations: config.maxBulkOperations,
    responseMembers: config.maxResponseMembers,
  };
}

/** What each token may spend on GraphQL. Without a rate of its own, all of it comes back in a minute. */
export function toBudget({ costBudget, costPerSecond }: Config): BudgetRules | undefined {
  if (costBudget === undefined) return undefined;
  return { capacity: costBudget, perSecond: costPerSecond ?? Math.ceil(costBudget / 60) };
}

/** The GraphQL operations that alone are answered, where there is a list of them. Throws ConfigError for one that cannot be read or used. */
export async function readTrustedDocuments({ trustedDocuments }: Config): Promise<TrustedDocuments | undefined> {
  if (trustedDocuments === undefined) return undefined;
  try {
    return TrustedDocuments.read(await readFile(trustedDocuments, 'utf8'), buildGraphSchema());
  } catch (error) {
    if (error instanceof ManifestError)
      throw new ConfigError(`PORTICO_TRUSTED_DOCUMENTS cannot be used: ${error.message}`);
    const { code } = error as NodeJS.ErrnoException;
    if (typeof code !== 'string') throw error;
    throw new ConfigError(`PORTICO_TRUSTED_DOCUMENTS must be a file that can be read (${code})`, { cause: error });
  }
}

/** Where hints of other processes are heard: the database itself, or past a pooler; undefined where they are off. */
export function toHintsUrl({ hints }: Config, databaseUrl: string): string | undefined {
  if (hints === 'off') return undefined;
  return hints === 'on' ? databaseUrl : hints;
}
