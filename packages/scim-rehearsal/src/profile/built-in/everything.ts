import type { Profile } from '../profile.js';
import { NON_GALLERY } from './non-gallery.js';
import { SOSAFE } from './sosafe.js';
import { texts } from './mapping-rows.js';

const ROWS = [
  ...NON_GALLERY.users,
  ...SOSAFE.users,
  ...texts('emails[type eq "home"].value', 'emails[type eq "other"].value', 'roles[primary eq "True"].value'),
];

/** Every core and enterprise attribute in the tables of the gallery, including roles and additional addresses. */
export const EVERYTHING: Profile = {
  name: 'everything',
  users: ROWS.filter(({ path }, index) => ROWS.findIndex((row) => row.path === path) === index),
  groups: NON_GALLERY.groups,
};
