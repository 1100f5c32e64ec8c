/** What the scrub found on this device's disk. */
export interface ScrubInfo {
  /** ISO 8601: every record had been looked at. `null` = not yet. */
  readonly last: string | null;
  /** Records looked at since the start. */
  readonly records: number;
  /** Records found damaged since the start, by the scrub or a read. */
  readonly damaged: number;
  /** Of these, fetched from other devices and written anew. */
  readonly mended: number;
  /** Damaged still: nobody reachable has them. They are refused, never shown. */
  readonly refused: number;
}
