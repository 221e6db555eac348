import { CONNECTION_FAULTS } from './connection-faults.js';
import type { Fault } from './fault.js';
import { GROUP_FAULTS } from './group-faults.js';
import { PATCH_FAULTS } from './patch-faults.js';
import { USER_FAULTS } from './user-faults.js';
import { VALIDATION_FAULTS } from './validation-faults.js';

const ALL_FAULTS = { ...CONNECTION_FAULTS, ...USER_FAULTS, ...PATCH_FAULTS, ...GROUP_FAULTS, ...VALIDATION_FAULTS };

export type FaultName = keyof typeof ALL_FAULTS;

/** Everything that can be switched on, by name. */
export const FAULTS: Readonly<Record<FaultName, Fault>> = ALL_FAULTS;

/** The numbers of reports that no server can show, each with the reason. */
export const NOT_OF_A_SERVER: Readonly<Record<number, string>> = {
  8: 'a mapping in the portal: Entra never sends what would disable the user',
  31: 'what changed there is what Entra sends; how servers fail at it are 19, 25 and 30',
  47: 'of the client: in this mode Entra adds roles and never takes one away, whatever the server does',
  54: 'a filter in the documentation that Entra does not send',
  55: 'two names of one flag in the documentation',
  57: 'a message of the portal; what a server does to earn it are the faults of the connection',
};

/** What can happen to a connection before anyone answers in SCIM. */
export type TransportFault =
  'hangs' | 'hangs-up' | 'answers-html' | 'answers-500' | 'answers-401' | 'answers-404' | 'redirects' | 'garbles-json';
