import type { Profile } from '../profile.js';
import { EVERYTHING } from './everything.js';
import { IDEO } from './ideo.js';
import { NON_GALLERY } from './non-gallery.js';
import { OFFICESPACE } from './officespace.js';
import { OLFEO_SAAS } from './olfeo-saas.js';
import { SOSAFE } from './sosafe.js';

/** The built-in profiles, by their names on the command line. */
export const BUILT_IN_PROFILES: Readonly<Record<string, Profile>> = {
  'non-gallery': NON_GALLERY,
  everything: EVERYTHING,
  'olfeo-saas': OLFEO_SAAS,
  sosafe: SOSAFE,
  ideo: IDEO,
  officespace: OFFICESPACE,
};
