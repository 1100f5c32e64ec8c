/** The knobs of a member's engine, each with its trade-off. */
import type { DetectorConfig } from './membership/failure-detector.ts';

export interface NodeConfig extends DetectorConfig {
  /** Between heartbeats, each with exchanges with a few peers. Shorter spreads news sooner and costs idle traffic. */
  readonly gossipIntervalMs: number;
  /** Between Merkle exchanges with a random peer. Shorter repairs sooner, costs background reads. */
  readonly exchangeIntervalMs: number;
  /** Between attempts to hand hints to their targets, beside the one at each return. */
  readonly hintIntervalMs: number;
  /** Between pages of keys looked through for versions that are too old. Sooner costs reads. */
  readonly historySweepIntervalMs: number;
  /** Between two walks through all of them: how much longer than its days a version may stay. */
  readonly historySweepRestMs: number;
  /** Between pages of records that the scrub looks at, 64 each. Sooner finds damage earlier, costs reads. */
  readonly scrubIntervalMs: number;
  /** Between two walks through all of them. */
  readonly scrubRestMs: number;
  /** Days for which a deletion is kept at least; as long as its bucket keeps history if that is longer. */
  readonly reapAfterDays: number;
  /** What a day is, ms: tests have shorter ones. */
  readonly dayMs: number;
  /** Between two looks for deletions that are old enough. */
  readonly reapIntervalMs: number;
  /** From the consent of all to the next: longer than any request, so that none is refused by it. */
  readonly reapQuietMs: number;
  /** A request that nobody limits gives up after this. */
  readonly requestTimeoutMs: number;
  /** No write runs longer, whatever it asks for: copies of stand-ins stay at least as long after it. */
  readonly requestTimeoutMaxMs: number;
  /** A replica that is silent this long is probed, and a fallback is asked as well. */
  readonly hedgeAfterMs: number;
  /**
   * A replica that left a request unanswered is asked whether it hears us, and is doubted if it
   * has not answered by then. Longer than any round trip of a healthy network.
   */
  readonly probeTimeoutMs: number;
  /**
   * Client requests under way at once, also answered ones of which the own disk has something to do
   * still; more are refused as overloaded. Each waits for those before it, so this bounds how long an
   * accepted one takes: at 4,000 writes a second, 256 wait 64 ms.
   */
  readonly requestsMax: number;
  /** What those may take of memory, bytes, for their values and for what the disk has not taken yet. One always fits. */
  readonly requestsBytesMax: number;
  /**
   * Requests of one peer under way here, of those that its people wait for and, counted apart, of its
   * repair, hints and transfers; more are answered as overloaded. Twice what its own clients may ask
   * at once: it also passes on what others forward to it.
   */
  readonly peerRequestsMax: number;
  /** What those may take of memory, bytes, for each of the two. */
  readonly peerBytesMax: number;
  /** The same for all peers together. Each may have one request all the same. */
  readonly peersBytesMax: number;
  /**
   * What hints may take of the disk, bytes, before this member refuses to stand in for others. More
   * lets a team go on longer while many are away, and takes as much of each device's disk.
   */
  readonly hintBytesMax: number;
  /** Largest value of a user's write, bytes. */
  readonly valueBytesMax: number;
  /** A user's write that would make a key's object larger than this is refused, bytes. */
  readonly objectBytesMax: number;
  /** A user's write beside as many siblings, none of which it has seen, is refused. */
  readonly siblingsMax: number;
  /** Dots reserved at a time: larger asks the disk less often, and skips more after a crash. */
  readonly dotLease: number;
}

export const DEFAULT_CONFIG: NodeConfig = {
  suspectAfterMs: 5_000,
  downAfterMs: 30_000,
  connectedMembersMax: 256,
  gossipIntervalMs: 1_000,
  exchangeIntervalMs: 15_000,
  hintIntervalMs: 5_000,
  historySweepIntervalMs: 5_000,
  historySweepRestMs: 3_600_000,
  scrubIntervalMs: 1_000,
  scrubRestMs: 7 * 24 * 3_600_000,
  reapAfterDays: 30,
  dayMs: 86_400_000,
  reapIntervalMs: 600_000,
  reapQuietMs: 900_000,
  requestTimeoutMs: 5_000,
  requestTimeoutMaxMs: 60_000,
  hedgeAfterMs: 400,
  probeTimeoutMs: 1_000,
  requestsMax: 256,
  requestsBytesMax: 128 * 1024 * 1024,
  peerRequestsMax: 512,
  peerBytesMax: 32 * 1024 * 1024,
  peersBytesMax: 128 * 1024 * 1024,
  hintBytesMax: 1024 * 1024 * 1024,
  valueBytesMax: 1024 * 1024,
  objectBytesMax: 4 * 1024 * 1024,
  siblingsMax: 1_000,
  dotLease: 10_000,
};
