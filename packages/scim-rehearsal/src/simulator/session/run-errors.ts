/** The rehearsal cannot go on: its cause was found and told. */
export class Stopped extends Error {
  override readonly name = 'Stopped';

  /** @param isUnanswered true when nobody knows what became of the last request */
  constructor(readonly isUnanswered = false) {
    super();
  }
}

/** What was being done to one object did not succeed, and that was told: the others go on. */
export class GaveUp extends Error {
  override readonly name = 'GaveUp';

  /** @param isUnanswered true when nobody knows what became of the last request */
  constructor(readonly isUnanswered = false) {
    super();
  }
}
