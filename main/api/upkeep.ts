/** What members do by themselves, or when they are asked to, so that copies stay whole and nothing stays for ever. */

/** What a repair round did. */
export interface RepairReport {
  readonly partitions: number;
  readonly exchanged: number;
  /** Keys that were not the same, and those of them that are now. */
  readonly differing: number;
  readonly repaired: number;
}

/** How deletions come to be forgotten: when they are old enough, and every member has agreed. */
export interface Reaping {
  /** Deletions old enough that this device is to see to, at its last look. */
  readonly waiting: number;
  /** Forgotten here since the start. */
  readonly reaped: number;
  /** Member ids: those who did not agree at the last attempt, or are away. */
  readonly blockedBy: readonly string[];
}
