/**
 * Joining a team by invite, inside a noise connection that proves both peer ids.
 *
 *     joiner ── opens /ringleaf/join/1.0.0 ──▶ inviter
 *     joiner ◀──────────── nonce ───────────── inviter
 *     joiner ── invite id ‖ proof ‖ payload ─▶ inviter    the desk redeems: once, in time
 *     joiner ◀──────────── answer ──────────── inviter    or, after a fixed delay, a closed door
 *
 * Whatever is wrong looks the same from outside: unknown, used or expired invite, wrong proof.
 */
import { randomBytes } from 'node:crypto';
import { setTimeout as delay } from 'node:timers/promises';
import { noise } from '@libp2p/noise';
import { tcp } from '@libp2p/tcp';
import { yamux } from '@libp2p/yamux';
import type { Connection, Stream } from '@libp2p/interface';
import { createLibp2p } from 'libp2p';
import type { MemberId } from '../types.ts';
import { memberMultiaddrs } from './addresses.ts';
import { FrameStream } from './frame-stream.ts';
import type { Identity } from './identity.ts';
import { decodeInvite, INVITE_ID_BYTES, InviteInvalidError } from './invite.ts';
import type { Invite } from './invite.ts';
import { isJoinProof, JOIN_NONCE_BYTES, JOIN_PROOF_BYTES, joinProof } from './join-proof.ts';
import { reasonOf, silentLogger } from './log.ts';
import type { NetLog } from './log.ts';

export const JOIN_PROTOCOL = '/ringleaf/join/1.0.0';
export const JOIN_PAYLOAD_MAX_BYTES = 64 * 1024;
export const JOIN_ANSWER_MAX_BYTES = 4 * 1024 * 1024;
export const JOIN_TIMEOUT_MS = 15_000;
/** Every refusal takes this long, so its cause cannot be timed. */
const REFUSAL_DELAY_MS = 250;
const REQUEST_HEAD_BYTES = INVITE_ID_BYTES + JOIN_PROOF_BYTES;

/** The inviter's counter: looks invites up, keeps single use and expiry durably. */
export interface JoinDesk {
  /**
   * @param proofCheck true when the joiner holds `secret`.
   * @returns what the joiner needs (admission, team, member records), or undefined: refused.
   */
  redeem(
    inviteId: Uint8Array,
    proofCheck: (secret: Uint8Array) => boolean,
    joiner: MemberId,
    payload: Uint8Array,
  ): Promise<Uint8Array | undefined>;
}

export class JoinError extends Error {
  readonly code: 'INVITE_REFUSED' | 'INVITER_UNREACHABLE';

  constructor(code: JoinError['code'], message: string) {
    super(message);
    this.code = code;
  }
}

export interface JoinRequest {
  readonly identity: Identity;
  /** The invite's text. */
  readonly invite: string;
  /** At most `JOIN_PAYLOAD_MAX_BYTES`. */
  readonly payload: Uint8Array;
  readonly timeoutMs: number;
  readonly log: NetLog;
}

/**
 * Runs the joiner's side with a node of its own that listens nowhere.
 * @throws InviteInvalidError (INVITE_INVALID), JoinError (INVITE_REFUSED, INVITER_UNREACHABLE).
 */
export async function joinTeam(request: JoinRequest): Promise<Uint8Array> {
  const invite = decodeInvite(request.invite);
  if (request.payload.byteLength > JOIN_PAYLOAD_MAX_BYTES) throw new RangeError('The payload is too large.');
  const addresses = memberMultiaddrs(invite.inviter, invite.addresses);
  if (addresses.length === 0) throw new InviteInvalidError('The invite names no address of its maker.');
  const signal = AbortSignal.timeout(request.timeoutMs);
  const node = await createLibp2p({
    privateKey: request.identity.privateKey,
    addresses: { listen: [] },
    transports: [tcp()],
    connectionEncrypters: [noise()],
    streamMuxers: [yamux()],
    connectionMonitor: { enabled: false },
    logger: silentLogger(),
  });
  try {
    const connection = await node.dial(addresses, { signal });
    return await askToJoin(connection, invite, request, signal);
  } catch (error) {
    if (error instanceof JoinError) throw error;
    request.log.info({ inviter: invite.inviter, reason: reasonOf(error) }, 'The inviter did not answer.');
    throw new JoinError('INVITER_UNREACHABLE', 'The device that made the invite cannot be reached.');
  } finally {
    await node.stop();
  }
}

async function askToJoin(
  connection: Connection,
  invite: Invite,
  request: JoinRequest,
  signal: AbortSignal,
): Promise<Uint8Array> {
  const frames = new FrameStream(await connection.newStream(JOIN_PROTOCOL, { signal }), JOIN_ANSWER_MAX_BYTES);
  const nonce = await frames.read(signal);
  if (nonce?.byteLength !== JOIN_NONCE_BYTES) throw new Error('no nonce');
  const transcript = {
    teamId: invite.teamId, joiner: request.identity.peerId, inviter: invite.inviter, nonce,
  };
  frames.send(Buffer.concat([invite.inviteId, joinProof(invite.secret, transcript), request.payload]));
  const answer = await frames.read(signal);
  if (answer !== undefined) return answer;
  if (signal.aborted) throw new Error('timed out');
  throw new JoinError('INVITE_REFUSED', 'The invite was refused: it may be used up, expired or withdrawn.');
}

export interface InviterSide {
  readonly teamId: string;
  readonly inviter: MemberId;
  readonly desk: JoinDesk;
  readonly log: NetLog;
}

/** Runs the inviter's side of one conversation, and closes the connection of who is refused. */
export async function serveJoin(stream: Stream, connection: Connection, side: InviterSide): Promise<void> {
  const signal = AbortSignal.timeout(JOIN_TIMEOUT_MS);
  const joiner = connection.remotePeer.toString();
  const answer = await answerFor(stream, joiner, side, signal);
  if (answer !== undefined) return;
  side.log.info({ joiner }, 'A join was refused.');
  await delay(REFUSAL_DELAY_MS);
  stream.abort(new Error('refused'));
  connection.abort(new Error('refused'));
}

async function answerFor(
  stream: Stream,
  joiner: MemberId,
  side: InviterSide,
  signal: AbortSignal,
): Promise<Uint8Array | undefined> {
  try {
    const frames = new FrameStream(stream, REQUEST_HEAD_BYTES + JOIN_PAYLOAD_MAX_BYTES);
    const nonce = randomBytes(JOIN_NONCE_BYTES);
    frames.send(nonce);
    const request = await frames.read(signal);
    if (request === undefined || request.byteLength < REQUEST_HEAD_BYTES) return undefined;
    const proof = request.subarray(INVITE_ID_BYTES, REQUEST_HEAD_BYTES);
    const transcript = { teamId: side.teamId, joiner, inviter: side.inviter, nonce };
    const answer = await side.desk.redeem(
      request.slice(0, INVITE_ID_BYTES),
      (secret) => isJoinProof(proof, secret, transcript),
      joiner,
      request.slice(REQUEST_HEAD_BYTES),
    );
    if (answer !== undefined) frames.send(answer);
    return answer;
  } catch (error) {
    side.log.warn({ joiner, reason: reasonOf(error) }, 'A join failed.');
    return undefined;
  }
}
