/** The rehearsal cannot go on: its cause was found and told. */
export class AbortRun extends Error {
  override readonly name = 'AbortRun';

  /** @param isUnanswered true when nobody knows what became of the last request */
  constructor(readonly isUnanswered = false) {
    super();
  }
}

/** What was being done to one object did not succeed, and that was told: the others go on. */
export class SkipObject extends Error {
  override readonly name = 'SkipObject';

  /** @param isUnanswered true when nobody knows what became of the last request */
  constructor(readonly isUnanswered = false) {
    super();
  }
}
