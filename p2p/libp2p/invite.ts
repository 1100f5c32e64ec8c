/**
 * An invite as text: `ringleaf://join/<base64url>`, or the code after it alone. Whoever holds it may
 * join once, until it expires; the secret never travels (see `join.ts`). The text comes from mails,
 * chats, pictures and paper: hostile, and broken into lines.
 */
import { ADDRESS_BYTES_MAX, ADDRESSES_TOLD_MAX, MEMBER_BYTES_MAX, TEAM_NAME_BYTES_MAX } from '../bounds.ts';
import { fromBase64url, toBase64url } from '../bytes/base64url.ts';
import { ByteReader } from '../bytes/byte-reader.ts';
import { ByteWriter } from '../bytes/byte-writer.ts';
import type { MemberId } from '../types.ts';

export const INVITE_ID_BYTES = 8;
export const INVITE_SECRET_BYTES = 16;
const INVITE_VERSION = 1;
const PREFIX = 'ringleaf://join/';
const TEXT_MAX_CHARS = 8_192;

export interface Invite {
  readonly teamId: string;
  readonly teamName: string;
  readonly inviter: MemberId;
  /** Multiaddrs of the inviter, with or without its `/p2p/…`. */
  readonly addresses: readonly string[];
  readonly inviteId: Uint8Array;
  readonly secret: Uint8Array;
  /** Wall ms. */
  readonly expiresAt: number;
}

export class InviteInvalidError extends Error {
  readonly code = 'INVITE_INVALID';
}

/** @throws InviteInvalidError when a part is over its limit: nobody could read the text. */
export function encodeInvite(invite: Invite): string {
  const writer = new ByteWriter().u8(INVITE_VERSION).text(invite.teamId).text(invite.teamName);
  writer.text(invite.inviter).raw(invite.inviteId).raw(invite.secret).varint(invite.expiresAt);
  writer.varint(invite.addresses.length);
  for (const address of invite.addresses) writer.text(withoutMember(address, invite.inviter));
  const text = PREFIX + toBase64url(writer.finish());
  decodeInvite(text);
  return text;
}

/** The inviter is named once: a short link makes a picture that a camera can read. */
function withoutMember(address: string, member: MemberId): string {
  const tail = `/p2p/${member}`;
  return address.endsWith(tail) ? address.slice(0, -tail.length) : address;
}

/** @throws InviteInvalidError for anything that `encodeInvite` would not have written. */
export function decodeInvite(text: string): Invite {
  const whole = text.length <= TEXT_MAX_CHARS ? text.replace(/\s/gu, '') : '';
  const isLink = whole.startsWith(PREFIX);
  const body = isLink ? whole.slice(PREFIX.length).replace(/\/$/, '') : whole;
  const bytes = body === '' ? undefined : fromBase64url(body);
  // Any word may be base64: what is no link has to begin as a code does.
  if (bytes === undefined || (!isLink && bytes[0] !== INVITE_VERSION)) throw new InviteInvalidError('This is not a Ringleaf invite.');
  try {
    return decodeBody(new ByteReader(bytes));
  } catch (error) {
    if (error instanceof InviteInvalidError) throw error;
    throw new InviteInvalidError('The invite is damaged. Copy the whole link, or ask for a new one.');
  }
}

function decodeBody(reader: ByteReader): Invite {
  if (reader.u8() !== INVITE_VERSION) {
    throw new InviteInvalidError('The invite was made by another version of Ringleaf.');
  }
  const teamId = reader.text(MEMBER_BYTES_MAX);
  const teamName = reader.text(TEAM_NAME_BYTES_MAX);
  const inviter = reader.text(MEMBER_BYTES_MAX);
  const inviteId = reader.raw(INVITE_ID_BYTES).slice();
  const secret = reader.raw(INVITE_SECRET_BYTES).slice();
  const expiresAt = reader.varint();
  const count = reader.varint(ADDRESSES_TOLD_MAX);
  const addresses: string[] = [];
  for (let index = 0; index < count; index += 1) addresses.push(reader.text(ADDRESS_BYTES_MAX));
  reader.end();
  if (teamId === '' || inviter === '' || count === 0) throw new InviteInvalidError('The invite is empty.');
  return { teamId, teamName, inviter, addresses, inviteId, secret, expiresAt };
}
