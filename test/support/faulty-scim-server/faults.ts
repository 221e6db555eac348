import { CONNECTION_FAULTS } from './connection-faults.js';
import type { Fault } from './fault.js';
import { GROUP_FAULTS } from './group-faults.js';
import { PATCH_FAULTS } from './patch-faults.js';
import { USER_FAULTS } from './user-faults.js';
import { VALIDATION_FAULTS } from './validation-faults.js';

const ALL_FAULTS = { ...CONNECTION_FAULTS, ...USER_FAULTS, ...PATCH_FAULTS, ...GROUP_FAULTS, ...VALIDATION_FAULTS };

export type FaultName = keyof typeof ALL_FAULTS;

/** All faults, by name. */
export const FAULTS: Readonly<Record<FaultName, Fault>> = ALL_FAULTS;

/** The numbers of reports that a server cannot reproduce, with the reason. */
export const NOT_OF_A_SERVER: Readonly<Record<number, string>> = {
  8: 'a mapping in the portal: Entra never sends the request that would disable the user',
  31: 'a change in what Entra sends; the faults of servers are 19, 25 and 30',
  47: 'a fault of the client: in this mode, Entra adds roles and never removes one',
  54: 'a filter in the documentation that Entra does not send',
  55: 'two names of one flag in the documentation',
  57: 'a message of the portal, caused by faults of the connection',
};

/** A failure below SCIM. */
export type TransportFault =
  'hangs' | 'hangs-up' | 'answers-html' | 'answers-500' | 'answers-401' | 'answers-404' | 'redirects' | 'garbles-json';
