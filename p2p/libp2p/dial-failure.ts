/**
 * What became of a dial, in the few kinds that a person can do something about. The errors come from
 * the socket, the encryption or the dial queue, alone or several in one.
 */

/**
 * `knocking`: connected, not admitted yet. `reached`: admitted by both sides. `turned-away`: it is
 * Ringleaf and lets us not in. `silent`: it is connected and says nothing. `other-peer`: somebody else
 * answers at this address. `not-ringleaf`: something else answers.
 */
export type DialOutcome =
  | 'reached' | 'knocking' | 'turned-away' | 'silent' | 'other-peer' | 'not-ringleaf' | 'self'
  | 'refused' | 'unreachable' | 'no-such-name' | 'timed-out' | 'no-address' | 'failed';

/** Errors within errors, and their causes, looked at at most. */
const ERRORS_MAX = 32;

const BY_CODE: Readonly<Record<string, DialOutcome>> = {
  ECONNREFUSED: 'refused',
  EHOSTUNREACH: 'unreachable',
  ENETUNREACH: 'unreachable',
  EHOSTDOWN: 'unreachable',
  EADDRNOTAVAIL: 'unreachable',
  ENOTFOUND: 'no-such-name',
  EAI_AGAIN: 'no-such-name',
  ETIMEDOUT: 'timed-out',
  ECONNRESET: 'not-ringleaf',
  EPIPE: 'not-ringleaf',
};

const BY_NAME: Readonly<Record<string, DialOutcome>> = {
  UnexpectedPeerError: 'other-peer',
  TimeoutError: 'timed-out',
  AbortError: 'timed-out',
  NoAddressError: 'no-address',
  SelfError: 'self',
  EncryptionFailedError: 'not-ringleaf',
  InvalidCryptoExchangeError: 'not-ringleaf',
  InvalidCryptoTransmissionError: 'not-ringleaf',
  UnsupportedProtocolError: 'not-ringleaf',
  MuxerUnavailableError: 'not-ringleaf',
  UnexpectedEOFError: 'not-ringleaf',
  StreamClosedError: 'not-ringleaf',
  InvalidDataLengthError: 'not-ringleaf',
  InvalidDataLengthLengthError: 'not-ringleaf',
};

/** As noise says it when the key is not that of the peer id. */
const OTHER_PEER = /identity key .* does not match expected/i;

/** Of several addresses the answer that tells most: somebody was there, somebody said no, nobody. */
const TELLING: readonly DialOutcome[] = ['self', 'other-peer', 'not-ringleaf', 'refused', 'timed-out', 'unreachable', 'no-such-name', 'no-address'];

export class NoAddressError extends Error {
  override readonly name = 'NoAddressError';
}

export class SelfError extends Error {
  override readonly name = 'SelfError';
}

export function outcomeOf(error: unknown): DialOutcome {
  const found = new Set<DialOutcome>();
  const waiting: unknown[] = [error];
  for (let looked = 0; looked < ERRORS_MAX && waiting.length > 0; looked += 1) {
    const next = waiting.shift();
    if (!(next instanceof Error)) continue;
    const kind = kindOf(next);
    if (kind !== undefined) found.add(kind);
    if (next instanceof AggregateError) waiting.push(...(next.errors as unknown[]));
    waiting.push(next.cause);
  }
  return TELLING.find((outcome) => found.has(outcome)) ?? 'failed';
}

function kindOf(error: Error): DialOutcome | undefined {
  if ('code' in error && typeof error.code === 'string' && Object.hasOwn(BY_CODE, error.code)) return BY_CODE[error.code];
  if (/ dial self$/.test(error.message)) return 'self';
  // libp2p keeps of an error of noise its words alone.
  if (OTHER_PEER.test(error.message)) return 'other-peer';
  return Object.hasOwn(BY_NAME, error.name) ? BY_NAME[error.name] : undefined;
}
