/** The service refuses, and would refuse again: there is nothing to wait for. */
export class Refused extends Error {
  override readonly name = 'Refused';
}

/** Events cannot lead from the copy to the directory any more; only a new load can. */
export class StartAnew extends Error {
  override readonly name = 'StartAnew';
}
