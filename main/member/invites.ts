/**
 * Invites as their maker keeps them, one store meta row each (`invite/<id>`). Single use: the row
 * is marked used, on disk, before the answer goes out, so a crash can lose an invite but never let
 * two devices in. The device that used it may ask again, because its answer may have been lost: until its
 * record shows that it was not.
 */
import { randomBytes } from 'node:crypto';
import * as v from 'valibot';
import type { MemberId, Store } from '../../p2p/index.ts';
import { INVITE_ID_BYTES, INVITE_SECRET_BYTES } from '../../p2p/libp2p/invite.ts';

export interface NewInvite {
  /** Hex. */
  readonly inviteId: string;
  readonly secret: Uint8Array;
  /** Wall ms. */
  readonly expiresAt: number;
}

const ROW = v.object({ secret: v.string(), expiresAt: v.number(), usedBy: v.nullable(v.string()) });
type Row = v.InferOutput<typeof ROW>;

/** Open invites at once: forgotten ones must not fill the store. */
const INVITES_MAX = 1_000;

export class Invites {
  readonly #store: Store;
  readonly #wallMs: () => number;
  readonly #redeeming = new Set<string>();

  constructor(store: Store, wallMs: () => number) {
    this.#store = store;
    this.#wallMs = wallMs;
  }

  async issue(expiresInMs: number): Promise<NewInvite> {
    await this.#dropExpired();
    const inviteId = toHex(randomBytes(INVITE_ID_BYTES));
    const secret = new Uint8Array(randomBytes(INVITE_SECRET_BYTES));
    const expiresAt = this.#wallMs() + expiresInMs;
    await this.#keep(nameOf(inviteId), { secret: toHex(secret), expiresAt, usedBy: null });
    return { inviteId, secret, expiresAt };
  }

  /**
   * True once the invite is used up on disk by `joiner`, who proved that it knows the secret.
   * @param isKnown The joiner has been a member already: it did get the answer.
   */
  async redeem(
    inviteId: string,
    proofCheck: (secret: Uint8Array) => boolean,
    joiner: MemberId,
    isKnown = false,
  ): Promise<boolean> {
    const name = nameOf(inviteId);
    if (this.#redeeming.has(name)) return false;
    this.#redeeming.add(name);
    try {
      const row = await this.#find(name);
      if (row === undefined || !proofCheck(new Uint8Array(Buffer.from(row.secret, 'hex')))) return false;
      if (row.usedBy === joiner) return !isKnown;
      if (row.usedBy !== null || row.expiresAt <= this.#wallMs()) return false;
      await this.#keep(name, { ...row, usedBy: joiner });
      return true;
    } finally {
      this.#redeeming.delete(name);
    }
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
    const rows = await this.#store.meta('invite/');
    const expired = rows.filter(({ bytes }) => (decodeRow(bytes)?.expiresAt ?? 0) <= this.#wallMs());
    if (rows.length - expired.length >= INVITES_MAX) throw new RangeError(`${INVITES_MAX} invites are open`);
    if (expired.length === 0) return;
    await this.#store.commit(expired.map(({ name }) => ({ kind: 'meta', name, bytes: undefined })));
  }
}

function decodeRow(bytes: Uint8Array): Row | undefined {
  const row = v.safeParse(ROW, JSON.parse(Buffer.from(bytes).toString('utf8')));
  return row.success ? row.output : undefined;
}

function nameOf(inviteId: string): string {
  return `invite/${inviteId}`;
}

function toHex(bytes: Uint8Array): string {
  return Buffer.from(bytes).toString('hex');
}
