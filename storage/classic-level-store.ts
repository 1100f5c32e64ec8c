/** The Store port over classic-level: the parts of this room, put together. */
import { statfs } from 'node:fs/promises';
import { performance } from 'node:perf_hooks';
import { setTimeout } from 'node:timers/promises';
import type { BucketLeaves, HintsQuery, LeafPlace, Mutation, ScanPage, Store, StoreCounts, StoreIdentity, StoredHint } from '../p2p/ports.ts';
import type { KeyRef, MemberId, PartitionId } from '../p2p/types.ts';
import { Database, type Operation } from './database.ts';
import { StoreUnavailableError } from './errors.ts';
import { Former } from './former.ts';
import { GroupCommit } from './group-commit.ts';
import { closeIdentity, type SavedIdentity, identityOperation, openIdentity } from './identity.ts';
import { hintKey } from './keyspace.ts';
import { type LevelFactory, createLevel, openOrSetAside } from './open-level.ts';
import { type PreparedCommit, prepare } from './prepared.ts';
import { NO_ROW, PURGE_ROOM_BYTES, slicesOf, touch } from './purge.ts';
import { ReadOnlyGate } from './read-only.ts';
import { Readings } from './readings.ts';
import { scan } from './scan.ts';
import { checkSchema } from './schema.ts';
import { noteTold } from './set-aside.ts';
import { liveTables } from './tables/manifest.ts';
import { TableChecks } from './tables/table-checks.ts';
import { findHintTargets } from './uncounted.ts';

export interface StoreOptions {
  /** The folder, made when it is not there. Nothing else may be kept in it. */
  readonly dir: string;
  /**
   * Counters reserved at once. More means fewer synced leases and a larger gap after a restart;
   * counters are plentiful (2^53).
   */
  readonly leaseBlock?: number;
  /** Of tables, that are checked at each opening. */
  readonly checkedBytes?: number;
  /** Of a disk, without which nothing is purged. */
  readonly purgeRoomBytes?: number;
  /** How long to leave a disk alone that refused a write. */
  readonly reopenIntervalMs?: number;
  /** Monotonic ms, for the interval only. */
  readonly nowMs?: () => number;
  /** Replaces LevelDB itself, so that tests can make it fail. */
  readonly createLevel?: LevelFactory;
}

const LEASE_BLOCK = 1000;
const REOPEN_INTERVAL_MS = 3000;
/** Between slices of a count: other work goes on. */
const COUNT_REST_MS = 20;
/** After one that failed. */
const COUNT_RETRY_MS = 1_000;
const NOTHING = new Uint8Array();

/**
 * @throws StoreLockedError when another process has it, StoreSchemaError when it is too new, and
 * LevelDB's own error when the machine is to blame (full disk, permissions).
 */
export async function openStore(options: StoreOptions): Promise<Store> {
  const create = options.createLevel ?? createLevel;
  const checks = new TableChecks(options.dir, options.checkedBytes);
  const { level, asides, warnings } = await openOrSetAside(options.dir, create, checks);
  const database = new Database(options.dir, create, level);
  try {
    await checkSchema(database);
    // Later checks go on to add to the same list.
    checks.warnings.unshift(...warnings);
    const { identity, saved } = await openIdentity(options.dir, database, checks);
    const former = new Former(database);
    await former.reload(checks.hasLost);
    return new ClassicLevelStore({ options, database, former, checks, identity, saved, asides });
  } catch (error) {
    await database.close();
    throw error;
  }
}

interface Parts {
  readonly options: StoreOptions;
  readonly database: Database;
  readonly former: Former;
  readonly checks: TableChecks;
  readonly identity: StoreIdentity;
  readonly saved: SavedIdentity;
  readonly asides: readonly string[];
}

class ClassicLevelStore extends Readings implements Store {
  readonly identity: StoreIdentity;
  readonly #dir: string;
  readonly #database: Database;
  readonly #former: Former;
  readonly #checks: TableChecks;
  readonly #gate: ReadOnlyGate;
  readonly #groups: GroupCommit<PreparedCommit>;
  readonly #leaseBlock: number;
  readonly #purgeRoomBytes: number;
  /** What `identity.warnings` tells of. */
  readonly #asides: readonly string[];
  /** As it is on disk. */
  #saved: SavedIdentity;
  /** The highest lease asked for, on disk or on its way there. */
  #leasing = 0;
  #isCountingAnew = false;
  #closing: Promise<void> | undefined;

  constructor({ options, database, former, checks, identity, saved, asides }: Parts) {
    super(database);
    this.identity = identity;
    this.#dir = options.dir;
    this.#database = database;
    this.#former = former;
    this.#checks = checks;
    this.#saved = saved;
    this.#asides = asides;
    this.#leaseBlock = options.leaseBlock ?? LEASE_BLOCK;
    this.#purgeRoomBytes = options.purgeRoomBytes ?? PURGE_ROOM_BYTES;
    this.#gate = new ReadOnlyGate({
      dir: options.dir,
      database,
      retryMs: options.reopenIntervalMs ?? REOPEN_INTERVAL_MS,
      nowMs: options.nowMs ?? (() => performance.now()),
      checkTables: (isDamage) => (isDamage ? checks.beforeReopening() : checks.hollowFenced()),
      reload: () => this.#reload(),
    });
    this.#groups = new GroupCommit((group) => this.#write(group));
    void this.#countAnew();
  }

  async commit(batch: readonly Mutation[]): Promise<void> {
    if (batch.length > 0) await this.#submit(prepare(batch));
  }

  /** Damaged ones are taken out: nobody can be given them, and as long as they are here they count. */
  async hints(query: HintsQuery): Promise<readonly StoredHint[]> {
    const { hints, damaged } = await this.hintsOf(query);
    // A disk that refuses is asked again when they are looked through the next time.
    if (damaged.length > 0) await this.commit(damaged.map((id) => hintGone(query.target, id))).catch(() => undefined);
    return hints;
  }

  async leaseDots(through: number): Promise<void> {
    if (through <= this.#saved.leasedThrough) return;
    // Leases of the same time are written one after another: none may take the bound back.
    this.#leasing = Math.max(this.#leasing, through + this.#leaseBlock);
    const saved = { ...this.#saved, leasedThrough: this.#leasing };
    await this.#submitIdentity(saved);
    if (saved.leasedThrough > this.#saved.leasedThrough) this.#saved = saved;
  }

  async leaves(partition: PartitionId): Promise<readonly BucketLeaves[]> {
    const known = this.#former.leaves.get(partition);
    if (known !== undefined) return known;
    await this.#submit({ mutations: [{ kind: 'load', partition }], bytes: 0 });
    return this.leaves(partition);
  }

  async scan(from: LeafPlace | undefined, recordsMax: number): Promise<ScanPage> {
    const isFirstPage = from === undefined;
    await this.#checks.beforeReadingAll(isFirstPage);
    // After all commits so far: if any was refused, it may be the one that notes where the scrub is.
    if (isFirstPage || this.#checks.hasFenced) await this.#submit({ mutations: [], bytes: 0 });
    if (isFirstPage) this.#checks.scrubBegins(!this.#gate.hasRefused);
    return scan(this.#database, (partition) => this.leaves(partition), from ?? { partition: 0, leaf: 0 }, recordsMax);
  }

  async purge(): Promise<void> {
    const { bavail, bsize } = await statfs(this.#dir);
    if (bavail * bsize < this.#purgeRoomBytes) throw new StoreUnavailableError('the disk has too little room for a purge');
    await this.#checks.beforeReadingAll(true);
    // In a group: it takes out what was found.
    await this.#submitRows([NO_ROW]);
    const { openings } = this.#database;
    await this.#database.flush();
    const tables = liveTables(this.#dir);
    if (tables === undefined) throw new StoreUnavailableError('the list of tables cannot be read');
    await this.#submitRows(touch(tables));
    await this.#database.compact(slicesOf(tables));
    // A write shows whether all went well, unless the database was opened again in between.
    await this.#submitRows([NO_ROW]);
    if (this.#database.openings !== openings) throw new StoreUnavailableError('the store was opened again');
  }

  async hintTargets(): Promise<readonly MemberId[]> {
    return this.#former.knowsHints ? [...this.#former.counters.hints.keys()] : findHintTargets(this.#database);
  }

  async isHinted(ref: KeyRef): Promise<boolean> {
    const targets = await this.hintTargets();
    await this.#database.ready();
    return targets.some((target) => this.#database.get(hintKey(target, ref.id)) !== undefined);
  }

  onLoss(handler: () => void): void {
    this.#checks.onLoss = handler;
  }

  counts(): StoreCounts {
    const { keys, conflicts, hints, hintBytes } = this.#former.counters;
    return { keys, conflicts, hints, hintBytes, knowsHints: this.#former.knowsHints, corrupt: this.#database.corrupt, readOnly: this.#gate.reason };
  }

  close(): Promise<void> {
    this.#closing ??= this.#close();
    return this.#closing;
  }

  async #close(): Promise<void> {
    await this.#checks.stop();
    await this.#groups.idle();
    noteTold(this.#asides);
    try {
      // Dots of a refused commit or a lost record may live on elsewhere: the next opening must not
      // go on from them.
      if (!this.#gate.hasRefused && this.#database.corrupt === 0) {
        await closeIdentity(this.#dir, this.#database, this.#saved);
      }
    } finally {
      await this.#database.close();
      this.#checks.closed();
    }
  }

  async #reload(): Promise<void> {
    await this.#former.reload(this.#checks.hasLost);
    void this.#countAnew();
  }

  /** Slice by slice, until all is known or the store is closed. */
  async #countAnew(): Promise<void> {
    if (this.#isCountingAnew) return;
    this.#isCountingAnew = true;
    while (this.#former.isCounting && this.#closing === undefined) {
      const restMs = await this.#submit({ mutations: [{ kind: 'count' }], bytes: 0 }).then(
        () => COUNT_REST_MS,
        () => COUNT_RETRY_MS,
      );
      await setTimeout(restMs, undefined, { ref: false });
    }
    this.#isCountingAnew = false;
  }

  #submitIdentity(saved: SavedIdentity): Promise<void> {
    return this.#submitRows([identityOperation(saved)]);
  }

  async #submitRows(rows: readonly Operation[]): Promise<void> {
    await this.#submit({ mutations: rows.map((row) => ({ kind: 'system', row })), bytes: rows.reduce((sum, { key }) => sum + key.length, 0) });
  }

  async #submit(commit: PreparedCommit): Promise<void> {
    if (this.#closing !== undefined) throw new StoreUnavailableError('the store is closed');
    await this.#groups.submit(commit);
  }

  async #write(group: readonly PreparedCommit[]): Promise<void> {
    if (this.#checks.hasFenced && this.#gate.reason === undefined) await this.#takeOut();
    // Loading leaves is a read: it goes on while the disk refuses writes.
    if (group.some((commit) => commit.bytes > 0)) await this.#gate.enter();
    // A read that fails fails this group. Only a write that fails says that the disk refuses writes.
    const draft = await this.#former.form(group);
    try {
      await this.#former.write(draft);
    } catch (error) {
      this.#former.leaves.clear();
      throw this.#gate.shut(error);
    }
  }

  /** What is fenced, between two groups: no write meets a closed database. Reads wait. */
  async #takeOut(): Promise<void> {
    try {
      await this.#database.reopen(() => this.#checks.hollowFenced());
      await this.#reload();
    } catch (error) {
      throw this.#gate.shut(error);
    }
  }
}

/** Good for a damaged row alone: no hint is empty. */
function hintGone(target: MemberId, id: KeyRef['id']): Mutation {
  return { kind: 'hint-done', target, ref: { bucket: '', key: '', position: NOTHING, partition: 0, leaf: 0, id }, object: NOTHING };
}
