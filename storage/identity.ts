/**
 * Who this store is.
 *
 * A dot (actor, counter) names one write for ever: two writes under one dot, and one of them dies
 * with no trace. And a context says "all writes of this actor up to n", which is true only where
 * the actor's own disk holds each of them. Dots leave the machine before they are durable here,
 * and a disk can come back older than what was sent, or twice: killed before the sync, put back
 * from a backup, copied, cloned as a whole machine. Nothing that is written on a disk tells its
 * copy from itself, so nothing on the disk decides: every opening takes a new, random actor (the
 * epoch actors of Riak's vnodes, taken to their end). What it costs: one entry, in the contexts of
 * the keys that are coordinated here between this opening and the next.
 *
 * The marker file still tells the plain cases of a copied or restored folder, at once and without
 * the team: not for the dots, but because such a store may lack what it once had.
 */
import { createHash, randomBytes } from 'node:crypto';
import type { StoreIdentity } from '../p2p/ports.ts';
import { type Database, type Operation, putOperation } from './database.ts';
import { familyRange, systemKey } from './keyspace.ts';
import { placeMarker, prepareMarker, readMarker } from './marker-file.ts';
import type { TableChecks } from './tables/table-checks.ts';

const IDENTITY_KEY = systemKey('identity');
const ID_BYTES = 8;

/** The identity row. */
export interface SavedIdentity {
  readonly actor: string;
  readonly boots: number;
  /** Every counter of the actor that was or may be minted is at most this. */
  readonly leasedThrough: number;
  /** Set by `close`, taken away at open. */
  readonly clean: boolean;
  readonly marker: string | undefined;
  /** What it was before, in case the end came before the new one was in its place. */
  readonly formerMarker?: string | undefined;
  /** The latest opening, by `boots`, at which the folder turned out to have been copied or put back. */
  readonly restoredAt?: number;
}

export interface Opening {
  readonly identity: StoreIdentity;
  readonly saved: SavedIdentity;
}

/** Takes a new actor, and makes it and "open, not closed cleanly" durable before anything is minted. */
export async function openIdentity(dir: string, database: Database, { hasLost, warnings }: Pick<TableChecks, 'hasLost' | 'warnings'>): Promise<Opening> {
  const before = readIdentity(database);
  const isRestored = before === undefined ? await isDamaged(database) : isCopied(before, readMarker(dir));
  const boots = (before?.boots ?? 0) + 1;
  // The marker is right again from here on: what it told must not be forgotten with this opening.
  const restoredAt = isRestored ? boots : (before?.restoredAt ?? 0);
  const bootNonce = randomBytes(ID_BYTES).toString('base64url');
  const saved: SavedIdentity = {
    actor: newActor(),
    boots,
    leasedThrough: 0,
    clean: false,
    marker: undefined,
    restoredAt,
  };
  const marked = await remember(dir, database, saved, bootNonce);
  const { actor } = saved;
  return { identity: { actor, nextCounter: 1, boots, bootNonce, restoredAt, hasLost, warnings }, saved: marked };
}

/** The last word of an opening: it was closed, and this is the folder that it was closed in. */
export async function closeIdentity(dir: string, database: Database, saved: SavedIdentity): Promise<void> {
  await remember(dir, database, { ...saved, clean: true }, `${saved.actor} closed`);
}

async function remember(dir: string, database: Database, identity: SavedIdentity, text: string): Promise<SavedIdentity> {
  const formerMarker = readMarker(dir);
  const saved = { ...identity, marker: prepareMarker(dir, text), formerMarker };
  await database.write([identityOperation(saved)]);
  placeMarker(dir);
  return saved;
}

export function identityOperation(saved: SavedIdentity): Operation {
  return putOperation(IDENTITY_KEY, Buffer.from(JSON.stringify(saved)));
}

/** Virtual machines that were cloned while they ran may draw the same random bytes: time differs. */
function newActor(): string {
  const moment = `${process.pid} ${Date.now()} ${process.hrtime.bigint()}`;
  return createHash('sha256').update(randomBytes(16)).update(moment).digest().subarray(0, ID_BYTES).toString('base64url');
}

function readIdentity(database: Database): SavedIdentity | undefined {
  const payload = database.get(IDENTITY_KEY);
  return payload === undefined ? undefined : (JSON.parse(payload.toString()) as SavedIdentity);
}

/** Records without an identity: its row was lost to damage. */
async function isDamaged(database: Database): Promise<boolean> {
  const rows = await database.first(familyRange('o'), () => true);
  return rows !== undefined || database.corrupt > 0;
}

/** Is this another folder than the one that was open last, or an older state of it? */
function isCopied(before: SavedIdentity, marker: string | undefined): boolean {
  return marker === undefined || (before.marker !== marker && before.formerMarker !== marker);
}
