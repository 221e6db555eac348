/** The run cannot continue. The cause has been reported. */
export class AbortRun extends Error {
  override readonly name = 'AbortRun';

  /** @param isUnanswered true if it is unknown whether the endpoint processed the last request */
  constructor(readonly isUnanswered = false) {
    super();
  }
}

/** A step failed for one object, which has been reported. The run continues with the next object. */
export class SkipObject extends Error {
  override readonly name = 'SkipObject';

  /** @param isUnanswered true if it is unknown whether the endpoint processed the last request */
  constructor(readonly isUnanswered = false) {
    super();
  }
}
