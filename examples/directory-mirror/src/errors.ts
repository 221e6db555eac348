/** The error for a request that the service rejects and would reject again, so that a retry is pointless. */
export class Refused extends Error {
  override readonly name = 'Refused';
}

/** The error for a copy that can no longer be updated with events and must be loaded again. */
export class ReloadRequired extends Error {
  override readonly name = 'ReloadRequired';
}
