/**
 * Invites as their maker keeps them, one store meta row each (`invite/<id>`). Single use: the row
 * is marked used, on disk, before the answer goes out, so a crash can lose an invite but never let
 * two devices in. The device that used it may ask again, because its answer may have been lost: until its
 * record shows that it was not. What is withdrawn is gone from the disk before that is answered. Used
 * ones stay until they would have expired, so that people see who came by which.
 */
import { randomBytes } from 'node:crypto';
import * as v from 'valibot';
import type { MemberId, Store } from '../../p2p/index.ts';
import { ApiError } from '../api/api-error.ts';
import { INVITE_ID_BYTES, INVITE_SECRET_BYTES } from '../../p2p/libp2p/invite.ts';

export interface NewInvite {
  /** Hex. */
  readonly inviteId: string;
  readonly secret: Uint8Array;
  /** Wall ms. */
  readonly expiresAt: number;
}

/** An invite without its secret. Times are wall ms; `null` where an earlier version kept none. */
export interface InviteRecord {
  /** Hex. */
  readonly inviteId: string;
  readonly madeAt: number | null;
  readonly expiresAt: number;
  readonly usedBy: MemberId | null;
  readonly usedAt: number | null;
}

const time = v.nullish(v.number(), null);
const ROW = v.object({ secret: v.string(), madeAt: time, expiresAt: v.number(), usedBy: v.nullable(v.string()), usedAt: time });
type Row = v.InferOutput<typeof ROW>;

const ROWS = 'invite/';

/** Open invites at once: forgotten ones must not fill the store. */
const INVITES_MAX = 1_000;

export class Invites {
  readonly #store: Store;
  readonly #wallMs: () => number;
  /** The last change: changes come one after another, so that each sees what is on disk. */
  #changing: Promise<unknown> = Promise.resolve();

  constructor(store: Store, wallMs: () => number) {
    this.#store = store;
    this.#wallMs = wallMs;
  }

  /** @throws ApiError `OVERLOADED` when too many are open. */
  issue(expiresInMs: number): Promise<NewInvite> {
    return this.#inTurn(async () => {
      await this.#dropExpired();
      const inviteId = toHex(randomBytes(INVITE_ID_BYTES));
      const secret = new Uint8Array(randomBytes(INVITE_SECRET_BYTES));
      const madeAt = this.#wallMs();
      const expiresAt = madeAt + expiresInMs;
      await this.#keep(nameOf(inviteId), { secret: toHex(secret), madeAt, expiresAt, usedBy: null, usedAt: null });
      return { inviteId, secret, expiresAt };
    });
  }

  /**
   * True once the invite is used up on disk by `joiner`, who proved that it knows the secret.
   * @param isKnown The joiner has been a member already: it did get the answer.
   */
  redeem(inviteId: string, proofCheck: (secret: Uint8Array) => boolean, joiner: MemberId, isKnown = false): Promise<boolean> {
    return this.#inTurn(async () => {
      const name = nameOf(inviteId);
      const row = await this.#find(name);
      if (row === undefined || !proofCheck(new Uint8Array(Buffer.from(row.secret, 'hex')))) return false;
      if (row.usedBy === joiner) return !isKnown;
      const usedAt = this.#wallMs();
      if (row.usedBy !== null || row.expiresAt <= usedAt) return false;
      await this.#keep(name, { ...row, usedBy: joiner, usedAt });
      return true;
    });
  }

  /** Those that are open or were used, the newest first. */
  async list(): Promise<readonly InviteRecord[]> {
    const now = this.#wallMs();
    const records = (await this.#store.meta(ROWS)).flatMap(({ name, bytes }): readonly InviteRecord[] => {
      const row = decodeRow(bytes);
      if (row === undefined || (row.usedBy === null && row.expiresAt <= now)) return [];
      const { madeAt, expiresAt, usedBy, usedAt } = row;
      return [{ inviteId: name.slice(ROWS.length), madeAt, expiresAt, usedBy, usedAt }];
    });
    return records.sort((a, b) => (b.madeAt ?? 0) - (a.madeAt ?? 0) || (a.inviteId < b.inviteId ? -1 : 1));
  }

  /** Resolves when the invite is gone from the disk. @throws ApiError `NOT_FOUND`, `INVITE_USED`. */
  withdraw(inviteId: string): Promise<void> {
    return this.#inTurn(async () => {
      const name = nameOf(inviteId);
      const row = await this.#find(name);
      if (row === undefined) throw new ApiError('NOT_FOUND', 'There is no open invitation with this id: it expired, or was withdrawn.');
      if (row.usedBy !== null) throw new ApiError('INVITE_USED', 'This invitation was used already: who came by it can only be removed from the team.');
      await this.#store.commit([{ kind: 'meta', name, bytes: undefined }]);
    });
  }

  #inTurn<T>(change: () => Promise<T>): Promise<T> {
    const done = this.#changing.then(change);
    this.#changing = done.catch(() => undefined);
    return done;
  }

  async #find(name: string): Promise<Row | undefined> {
    const rows = await this.#store.meta(name);
    const found = rows.find((row) => row.name === name);
    return found === undefined ? undefined : decodeRow(found.bytes);
  }

  async #keep(name: string, row: Row): Promise<void> {
    await this.#store.commit([{ kind: 'meta', name, bytes: Buffer.from(JSON.stringify(row)) }]);
  }

  async #dropExpired(): Promise<void> {
    const rows = await this.#store.meta(ROWS);
    const expired = rows.filter(({ bytes }) => (decodeRow(bytes)?.expiresAt ?? 0) <= this.#wallMs());
    if (rows.length - expired.length >= INVITES_MAX) throw new ApiError('OVERLOADED', `${INVITES_MAX} invitations are open: withdraw some first.`);
    if (expired.length === 0) return;
    await this.#store.commit(expired.map(({ name }) => ({ kind: 'meta', name, bytes: undefined })));
  }
}

function decodeRow(bytes: Uint8Array): Row | undefined {
  const row = v.safeParse(ROW, JSON.parse(Buffer.from(bytes).toString('utf8')));
  return row.success ? row.output : undefined;
}

function nameOf(inviteId: string): string {
  return ROWS + inviteId;
}

function toHex(bytes: Uint8Array): string {
  return Buffer.from(bytes).toString('hex');
}
