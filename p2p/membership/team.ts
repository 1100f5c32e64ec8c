/**
 * A team's constitution. Its id is a hash of the founder and the fixed choices, so whoever knows
 * the id can check who founded it, and nobody can change Q or the founder under the same id.
 */
import { sha256 } from '@noble/hashes/sha2.js';
import { ByteReader, MalformedError } from '../bytes/byte-reader.ts';
import { ByteWriter } from '../bytes/byte-writer.ts';
import { toHex } from '../bytes/bytes.ts';
import { MEMBER_BYTES_MAX, PARTITIONS_MAX, TEAM_NAME_BYTES_MAX } from '../bounds.ts';
import { isPartitionCount } from '../ring/position.ts';
import type { Team } from '../types.ts';

export const TEAM_NONCE_BYTES = 16;
const ID_BYTES = 16;

/**
 * @param choices `partitions` is a power of two; `nonce` is TEAM_NONCE_BYTES random bytes.
 * @throws RangeError when a part is over its bound.
 */
export function foundTeam(choices: Omit<Team, 'id'>): Team {
  return { ...choices, id: toHex(sha256(encodeChoices(choices)).subarray(0, ID_BYTES)) };
}

export function encodeTeam(team: Team): Uint8Array {
  return encodeChoices(team);
}

/** @throws MalformedError */
export function decodeTeam(bytes: Uint8Array): Team {
  const reader = new ByteReader(bytes);
  const name = reader.text(TEAM_NAME_BYTES_MAX);
  const partitions = reader.varint(PARTITIONS_MAX);
  const founder = reader.text(MEMBER_BYTES_MAX);
  const nonce = reader.raw(TEAM_NONCE_BYTES).slice();
  reader.end();
  if (!isPartitionCount(partitions)) throw new MalformedError(`${partitions} partitions`);
  return foundTeam({ name, partitions, founder, nonce });
}

function encodeChoices(choices: Omit<Team, 'id'>): Uint8Array {
  return new ByteWriter()
    .text(choices.name, TEAM_NAME_BYTES_MAX)
    .varint(choices.partitions, PARTITIONS_MAX)
    .text(choices.founder, MEMBER_BYTES_MAX)
    .raw(choices.nonce)
    .finish();
}
