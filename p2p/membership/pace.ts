/**
 * How often a member speaks, and how much silence is then no sign, as the team grows. What one
 * member sends and receives stays bounded, so the gap between two signs of another one grows:
 *
 *     connected: `contacts` exchanges a beat, taken in turn by all that are connected
 *     not connected: a sample of heartbeats in each exchange reaches everybody in time, by chance
 *     broadcasts: all receive all, so each member sends its own more rarely
 *
 * The times that a person sets hold as they are while a turn is short (some dozen members), and are
 * stretched by the length of the turn after that. Pure and tested as a table.
 */

export interface Pace {
  /** Exchanges that a member begins at each beat; it answers about as many. */
  readonly contacts: number;
  /** Beats between two broadcasts of a member. */
  readonly broadcastBeats: number;
  /** Silence is no sign until this many beats, of a member that is connected. */
  readonly connectedBeats: number;
  /** The same of one that is not, and is known by the heartbeats that others pass on. */
  readonly distantBeats: number;
  /** An answer is not late until this many, though it is asked for at each beat. */
  readonly answerBeats: number;
}

/** More notice sooner, and cost more while idle. */
const CONTACTS_MAX = 4;
/** Each member is spoken with at least this often in a small team. */
const CONNECTED_A_CONTACT = 3;
/** Turns without a sign before it counts as silence: one may fall out, or meet a busy moment. */
const TURNS_MISSED = 3;
/** Beats in a row, each with a question, before it counts as no answer. */
const ANSWERS_MISSED = 5;
/** Fewer would save little, and an announcement that was lost would wait longer. */
const BROADCAST_BEATS_MIN = 5;
/** Each costs the check of a signature, the greater part of what an idle member does. */
const BROADCASTS_HEARD_A_BEAT = 2;
/** Heartbeats of others in each message, both ways. */
export const HEARTBEATS_IN_MESSAGE = 8;
/** Half of what arrives is older than what is known, or named twice in a message. */
const NEWS_SHARE = 0.5;
/**
 * Gaps without news before it counts as silence. Gaps are by chance: with every tenth message lost,
 * some 3·10⁻⁷ of all pairs are in one this many times the mean, and 2,500 times fewer in five more.
 */
const GAPS_MISSED = 10;
/** In a team ten times as large a hundred times as many pairs may err. */
const GAPS_A_DECADE = 5;
const DECADES_FROM_MEMBERS = 100;

/** @param members All of the team. @param connected Those with a connection to this one. */
export function paceOf(members: number, connected: number): Pace {
  const contacts = Math.max(1, Math.min(CONTACTS_MAX, Math.ceil(connected / CONNECTED_A_CONTACT)));
  // Both sides begin exchanges, and each is a sign of life for both.
  const turnBeats = connected / (2 * contacts);
  // Patience for up to ten members. The more there are to err about, the more of it.
  const patience = Math.max(1, Math.log10(members));
  const decades = Math.max(0, Math.log10(members / DECADES_FROM_MEMBERS));
  return {
    contacts,
    broadcastBeats: Math.max(BROADCAST_BEATS_MIN, Math.ceil(members / BROADCASTS_HEARD_A_BEAT)),
    connectedBeats: TURNS_MISSED * patience * turnBeats,
    answerBeats: ANSWERS_MISSED * patience,
    distantBeats: (GAPS_MISSED + GAPS_A_DECADE * decades) * newsGapBeats(members, contacts),
  };
}

/** Mean beats between two news of a member: of each exchange, begun here or there, one message comes here. */
export function newsGapBeats(members: number, contacts: number): number {
  return members / (2 * contacts * HEARTBEATS_IN_MESSAGE * NEWS_SHARE);
}
