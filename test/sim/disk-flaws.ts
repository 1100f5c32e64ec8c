/** Deliberate defects, for the tests of the checkers. */
export interface DiskFlaws {
  readonly answersBeforeDurable?: boolean;
  readonly keepsActorAndCounter?: boolean;
  readonly forgetsHints?: boolean;
  /** Hints do not outlive the process. */
  readonly losesHintsAtStart?: boolean;
  readonly servesDamage?: boolean;
  /** The first of two roots or more is answered from memory, as it was at the first question. */
  readonly staleLeaves?: boolean;
  readonly sharesActor?: boolean;
  /** What was written over stays where damage shows it again. */
  readonly purgesNothing?: boolean;
  /** A restored or copied store goes on under its old actor and counter. */
  readonly trustsBackups?: boolean;
}
