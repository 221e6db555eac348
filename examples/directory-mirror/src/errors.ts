/** The service rejects the request and would reject it again, so a retry is pointless. */
export class Refused extends Error {
  override readonly name = 'Refused';
}

/** The copy cannot be updated by events any more and has to be loaded again. */
export class StartAnew extends Error {
  override readonly name = 'StartAnew';
}
