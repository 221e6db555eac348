import { BUILT_IN_PROFILES } from '../profile/built-in/built-in-profiles.js';
import { readProfile } from '../profile/file/read-profile.js';
import { ProfileError, type Profile } from '../profile/profile.js';
import { UsageError } from './usage-error.js';

/**
 * The profile that `--profile` refers to: a built-in one by its name, else a file.
 *
 * @throws UsageError, ProfileError
 */
export async function getProfile(reference: string): Promise<Profile> {
  const builtIn = Object.hasOwn(BUILT_IN_PROFILES, reference) ? BUILT_IN_PROFILES[reference] : undefined;
  if (builtIn) return builtIn;
  try {
    return await readProfile(reference);
  } catch (error) {
    const looksLikeName = /^[\w-]+$/.test(reference);
    if (!looksLikeName || !(error instanceof ProfileError) || !isMissingFile(error.cause)) throw error;
    const names = Object.keys(BUILT_IN_PROFILES).join(', ');
    throw new UsageError(`--profile must be a file or one of ${names}`, { cause: error });
  }
}

function isMissingFile(cause: unknown): boolean {
  return typeof cause === 'object' && cause !== null && 'code' in cause && cause.code === 'ENOENT';
}
