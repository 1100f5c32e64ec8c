/**
 * `--new-identity`: makes a data folder that was copied a member of its own. The records stay, the
 * key and all that speaks for the old member go; the team has to be joined again, with an invite.
 * The records are that team's, so no other team may be entered with them.
 */
import { access, rename, rm } from 'node:fs/promises';
import { join } from 'node:path';
import type { Mutation, Store } from '../../p2p/index.ts';
import { ApiError } from '../api/api-error.ts';

/** Where the charter stands: in the store, and in a file beside it. */
export const CHARTER_ROW = 'team';
export const CHARTER_FILE = 'team.charter';
const FORMER_TEAM_ROW = 'former-team';
/** What the old member said of itself, its clocks and lives, and the invites that it gave. */
const OWN_ROWS = ['self/', 'invite/'];
export const KEY_FILE = 'identity.key';
/** A copy has them of its original; the last two are made again at the start. */
const OWN_FILES = [CHARTER_FILE, 'http-token', 'machine-id'];

/** Call with the store's lock held, before the identity is read. Done twice, it goes on where it stopped. */
export async function takeNewIdentity(dataDir: string, store: Store): Promise<void> {
  const [team] = await rowsOf(store, CHARTER_ROW);
  const own = (await Promise.all(OWN_ROWS.map((prefix) => store.meta(prefix)))).flat();
  const batch: Mutation[] = own.map(({ name }) => ({ kind: 'meta', name, bytes: undefined }));
  if (team !== undefined) {
    batch.push({ kind: 'meta', name: FORMER_TEAM_ROW, bytes: team }, { kind: 'meta', name: CHARTER_ROW, bytes: undefined });
  }
  await store.commit(batch);
  // Only now: a key without its team joins, a team without its key is a member that nobody admitted.
  const key = join(dataDir, KEY_FILE);
  if (await exists(key)) await rename(key, await freeName(key));
  for (const file of OWN_FILES) await rm(join(dataDir, file), { force: true });
}

/** The charter of the team whose records an earlier identity has left here. */
export async function formerTeam(store: Store): Promise<Uint8Array | undefined> {
  return (await rowsOf(store, FORMER_TEAM_ROW))[0];
}

/** @throws ApiError `FOREIGN_RECORDS` unless the team is the one that the records here are of. */
export function mustBeFormer(former: { readonly id: string; readonly name: string } | undefined, teamId: string | undefined): void {
  if (former === undefined || former.id === teamId) return;
  throw new ApiError('FOREIGN_RECORDS', `This data folder holds records of the team "${former.name}". Join that team again, or start with an empty folder.`);
}

async function rowsOf(store: Store, row: string): Promise<readonly Uint8Array[]> {
  return (await store.meta(row)).filter(({ name }) => name === row).map(({ bytes }) => bytes);
}

async function freeName(path: string): Promise<string> {
  let n = 1;
  while (await exists(`${path}.former-${n}`)) n += 1;
  return `${path}.former-${n}`;
}

async function exists(path: string): Promise<boolean> {
  return access(path).then(() => true, () => false);
}
