/**
 * Pure: "safe to close this device?", as `GET /v1/status` answers it for the window, the quitting
 * dialog and the command line alike. Nothing is promised beyond what was counted: the writes that
 * were made here since the start, and copies that wait here for members that are away.
 */

/**
 * "Safe to close this device?": are the writes that were made here on enough other machines? Enough
 * is the w of their bucket, or all others where there are fewer.
 * - `safe` they are, and nothing waits here; `covered` they are, and copies for members that are away wait here
 * - `saving` some are being copied at this moment; `waiting` some are on too few; `here-only` some are on none
 * - `alone` nobody else is in the team; `read-only` the disk refuses
 */
export type ClosingVerdict = 'safe' | 'covered' | 'saving' | 'waiting' | 'here-only' | 'alone' | 'read-only';

export interface Closing {
  readonly verdict: ClosingVerdict;
  /** True for `safe`, `covered`, and for `alone`: then waiting would change nothing. */
  readonly isSafe: boolean;
  /** A few words for a badge, and sentences that say what waits for whom. */
  readonly words: string;
  readonly detail: string;
  /** Writes that are being copied, and are not on enough other machines yet. */
  readonly underWay: number;
  /** Keys written here since the start whose latest write is on too few other machines. */
  readonly unconfirmed: number;
  /** Of those, on no other machine. */
  readonly hereOnly: number;
  /** At most so many copies waited here already at the start: where else they are is not known. */
  readonly inherited: number;
}

export interface ClosingFacts {
  /** Why the disk refuses, or `null`. */
  readonly readOnly: string | null;
  /** Members of the team, this one included. */
  readonly members: number;
  /** Copies that wait here, by the name of whom they are for. */
  readonly hints: readonly { readonly name: string; readonly count: number }[];
  readonly writes: {
    readonly underWay: number;
    readonly unconfirmed: number;
    readonly hereOnly: number;
    /** False: there are more unconfirmed ones than were counted. */
    readonly isWhole: boolean;
    readonly inherited: number;
  };
}

const NAMES_MAX = 3;

export function closingOf(facts: ClosingFacts): Closing {
  const { underWay, unconfirmed, hereOnly, inherited } = facts.writes;
  const verdict = verdictOf(facts);
  const isSafe = verdict === 'safe' || verdict === 'covered' || verdict === 'alone';
  return { verdict, isSafe, ...wordsOf(verdict, facts), underWay, unconfirmed, hereOnly, inherited };
}

/** The worst that is true. */
function verdictOf({ readOnly, members, hints, writes }: ClosingFacts): ClosingVerdict {
  if (readOnly !== null) return 'read-only';
  if (members <= 1) return 'alone';
  if (writes.hereOnly > 0) return 'here-only';
  if (writes.underWay > 0) return 'saving';
  if (writes.unconfirmed > 0 || writes.inherited > 0 || !writes.isWhole) return 'waiting';
  return hints.some(({ count }) => count > 0) ? 'covered' : 'safe';
}

function wordsOf(verdict: ClosingVerdict, facts: ClosingFacts): { readonly words: string; readonly detail: string } {
  const { underWay, unconfirmed, hereOnly, isWhole, inherited } = facts.writes;
  const orMore = isWhole ? '' : ' or more';
  switch (verdict) {
    case 'read-only':
      return { words: 'Read only', detail: facts.readOnly ?? '' };
    case 'alone':
      return { words: 'On this device only', detail: 'Nobody else is in the team yet, so no other device has a copy.' };
    case 'here-only':
      return {
        words: `${hereOnly}${orMore} only here`,
        detail: `${keys(hereOnly, orMore)} changed here ${hereOnly === 1 ? 'is' : 'are'} on no other device yet. ${handOver(facts)} Keep this device on until then.`,
      };
    case 'saving':
      return { words: `Copying ${underWay}…`, detail: `${underWay === 1 ? 'One write is' : `${underWay} writes are`} on the way to other devices. That takes a moment.` };
    case 'waiting':
      return { words: 'Not on enough devices', detail: `${tooFew(unconfirmed, orMore, inherited)} ${handOver(facts)}`.trim() };
    case 'covered':
      return { words: 'Safe to close', detail: `What was written here is on enough other devices. ${handOver(facts)}` };
    case 'safe':
      return { words: 'Safe to close', detail: 'What was written here is on enough other devices, and nothing waits to be handed over.' };
  }
}

function tooFew(unconfirmed: number, orMore: string, inherited: number): string {
  if (unconfirmed > 0 || orMore !== '') return `Without this device ${keys(unconfirmed, orMore).toLowerCase()} changed here ${unconfirmed === 1 ? 'is' : 'are'} on fewer devices than the bucket asks for.`;
  const copies = inherited === 1 ? 'A copy' : `${inherited} copies`;
  return `${copies} from before the last start ${inherited === 1 ? 'waits' : 'wait'} here; how many others have ${inherited === 1 ? 'it' : 'them'} is not known.`;
}

function handOver({ hints }: ClosingFacts): string {
  const waiting = hints.filter(({ count }) => count > 0);
  const copies = waiting.reduce((sum, { count }) => sum + count, 0);
  if (copies === 0) return '';
  const names = waiting.slice(0, NAMES_MAX).map(({ name }) => name);
  const more = waiting.length - names.length;
  const whom = more > 0 ? `${names.join(', ')} and ${more} more` : listed(names);
  return `${copies === 1 ? 'A copy waits' : `${copies} copies wait`} here for ${whom}, and ${copies === 1 ? 'goes' : 'go'} there as soon as ${waiting.length === 1 ? 'it is' : 'they are'} reachable.`;
}

function listed(names: readonly string[]): string {
  return names.length < 2 ? (names[0] ?? '') : `${names.slice(0, -1).join(', ')} and ${names.at(-1) ?? ''}`;
}

function keys(count: number, orMore: string): string {
  return count === 1 && orMore === '' ? 'One record' : `${count}${orMore} records`;
}
