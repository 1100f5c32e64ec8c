/**
 * Who this store is.
 *
 * A dot (actor, counter) names one write for ever: two writes under one dot, and one of them dies
 * with no trace. Dots leave the machine with the messages that carry them, maybe before they are
 * durable here, and a disk can come back older than what was sent: killed before the sync, put
 * back from a backup, copied to a second machine, damaged. So the actor is kept only by a store
 * that can prove that it continues itself: it was closed cleanly, it is the folder that it was,
 * and its counter starts above everything it ever reserved. In all other cases it takes a new
 * actor, which costs one entry in the contexts of the keys that it will write.
 */
import { randomBytes } from 'node:crypto';
import type { StoreIdentity } from '../p2p/ports.ts';
import { type Database, type Operation, putOperation } from './database.ts';
import { familyRange, systemKey } from './keyspace.ts';
import { readMarker, writeMarker } from './marker-file.ts';

const IDENTITY_KEY = systemKey('identity');
const ID_BYTES = 8;
const RESTORED = 'the store was copied or restored: it writes under a new identity';

/** The identity row. */
export interface SavedIdentity {
  readonly actor: string;
  readonly boots: number;
  /** Every counter that was or may be minted is at most this. */
  readonly leasedThrough: number;
  /** Set by `close`, taken away at open. */
  readonly clean: boolean;
  readonly marker: string | undefined;
}

export interface Opening {
  readonly identity: StoreIdentity;
  readonly saved: SavedIdentity;
}

/** Decides the actor, and makes "open, not closed cleanly" durable before anything is minted. */
export async function openIdentity(dir: string, database: Database, warnings: readonly string[]): Promise<Opening> {
  const before = readIdentity(database);
  const why = before === undefined ? await whyMissing(database) : whyDistrusted(before, readMarker(dir));
  const kept = why === undefined ? before : undefined;
  const bootNonce = randomBytes(ID_BYTES).toString('base64url');
  const saved: SavedIdentity = {
    actor: kept?.actor ?? randomBytes(ID_BYTES).toString('base64url'),
    boots: (before?.boots ?? 0) + 1,
    leasedThrough: kept?.leasedThrough ?? 0,
    clean: false,
    marker: writeMarker(dir, bootNonce),
  };
  await database.write([identityOperation(saved)]);
  const identity = {
    actor: saved.actor,
    nextCounter: saved.leasedThrough + 1,
    boots: saved.boots,
    bootNonce,
    isRestored: why === RESTORED,
    warnings: why === undefined || why === '' ? warnings : [...warnings, why],
  };
  return { identity, saved };
}

export function identityOperation(saved: SavedIdentity): Operation {
  return putOperation(IDENTITY_KEY, Buffer.from(JSON.stringify(saved)));
}

function readIdentity(database: Database): SavedIdentity | undefined {
  const payload = database.get(IDENTITY_KEY);
  return payload === undefined ? undefined : (JSON.parse(payload.toString()) as SavedIdentity);
}

/** Empty for a store that simply is new. */
async function whyMissing(database: Database): Promise<string> {
  const rows = await database.first(familyRange('o'), () => true);
  return rows === undefined && database.corrupt === 0 ? '' : 'the identity of the store was damaged: it takes a new one';
}

/** `undefined` for a store that provably continues itself. */
function whyDistrusted(before: SavedIdentity, marker: string | undefined): string | undefined {
  if (marker === undefined || before.marker !== marker) return RESTORED;
  return before.clean ? undefined : 'the store was not closed cleanly: it writes under a new identity';
}
