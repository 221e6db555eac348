import type { Fault } from './fault.js';

/** Faults that only the validation shows: Entra sends nothing that would, or does not mind. */
export const VALIDATION_FAULTS = {
  'numbers-kept-as-text': {
    rule: undefined,
    does: 'Gives a number of its own extension back as text.',
  },
} as const satisfies Record<string, Fault>;
