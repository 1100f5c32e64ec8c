/**
 * What lets this device be a member: the team, its admission and the records it was introduced to.
 * Kept in the store, and sent, in the same form, to a device that proved its invite.
 */
import * as v from 'valibot';
import type { Admission, MemberId, MemberRecord, OwnStatus, Signer, Team } from '../../p2p/index.ts';
import { admitMember, decodeTeam, decodeTeamRecords, encodeRecords, encodeTeam, isActive } from '../../p2p/index.ts';

export interface CharterFacts {
  readonly team: Team;
  readonly admission: Admission;
  /** The founder is up at once; whoever joins fetches its share first. */
  readonly firstStatus: OwnStatus;
  readonly introduced: readonly MemberRecord[];
}

const charterForm = v.object({
  team: v.string(),
  firstStatus: v.picklist(['joining', 'up']),
  admission: v.object({ by: v.string(), at: v.number(), signature: v.string() }),
  introduced: v.string(),
});

export function encodeCharter({ team, admission, firstStatus, introduced }: CharterFacts): Uint8Array {
  const form: v.InferOutput<typeof charterForm> = {
    team: toText(encodeTeam(team)),
    firstStatus: firstStatus === 'up' ? 'up' : 'joining',
    admission: { by: admission.by, at: admission.at, signature: toText(admission.signature) },
    introduced: toText(encodeRecords(introduced)),
  };
  return Buffer.from(JSON.stringify(form));
}

/** @throws when the bytes are not a charter. */
export function decodeCharter(bytes: Uint8Array): CharterFacts {
  const form = v.parse(charterForm, JSON.parse(Buffer.from(bytes).toString('utf8')));
  return {
    team: decodeTeam(toBytes(form.team)),
    firstStatus: form.firstStatus,
    admission: { ...form.admission, signature: toBytes(form.admission.signature) },
    introduced: decodeTeamRecords(toBytes(form.introduced)),
  };
}

/** A device whose store is empty fetches what it is to keep, if there is anybody to fetch it from. */
export function asReturning(facts: CharterFacts, self: MemberId): CharterFacts {
  const others = facts.introduced.some(({ member, status }) => member !== self && isActive(status));
  return { ...facts, firstStatus: others ? 'joining' : 'up' };
}

/**
 * The inviter's answer: `joiner` is in, and these are the others. A member that comes back keeps the
 * admission that it had, so that admissions never go in a circle.
 */
export function admitJoiner(
  team: Team,
  signer: Signer,
  joiner: MemberId,
  introduced: readonly MemberRecord[],
): Uint8Array {
  const known = introduced.find(({ member, status }) => member === joiner && status !== 'removed');
  const admission = known?.admission ?? admitMember(team, signer, joiner, Date.now());
  return encodeCharter({ team, admission, firstStatus: 'joining', introduced });
}

function toText(bytes: Uint8Array): string {
  return Buffer.from(bytes).toString('base64');
}

function toBytes(text: string): Uint8Array {
  return new Uint8Array(Buffer.from(text, 'base64'));
}
