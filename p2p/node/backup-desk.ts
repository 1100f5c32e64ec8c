/**
 * Backups of single keys: read whole, and written back without ever taking anything back
 * (`causality/import-plan.ts` says what is written).
 *
 *     import ─► read all that is there ─► plan ─► for each lacking sibling: a write as any other
 *
 * The read asks every primary that seems alive and wants a majority: what it misses would be taken
 * for lacking. A coordinator looks again, with the key's lock held, before it makes the dot.
 */
import type { CausalContext } from '../causality/causal-context.ts';
import { covers } from '../causality/causal-context.ts';
import { contextToken } from '../causality/context-token.ts';
import { compareDots, dotName, parseDot } from '../causality/dot.ts';
import type { ImportPlan, PlannedWrite } from '../causality/import-plan.ts';
import { planImport } from '../causality/import-plan.ts';
import { stampOf } from '../causality/stamp.ts';
import type { KeyObject, StoredSibling } from '../causality/key-object.ts';
import { isSettings } from '../membership/bucket-registry.ts';
import { isPossible, quorumSize } from '../quorum/quorum-size.ts';
import type { KeyRef } from '../types.ts';
import { contextInFile, isRefused } from './client-context.ts';
import type { BackupSibling, Command, Outcome, Refusal } from './commands.ts';
import type { Core } from './core.ts';
import type { DotMint } from './dot-mint.ts';
import type { GetCoordinator } from './get-coordinator.ts';
import type { MemberDesk } from './member-desk.ts';
import type { PutCoordinator } from './put-coordinator.ts';
import { routePut } from './put-forward.ts';

export interface BackupParts {
  readonly gets: GetCoordinator;
  readonly puts: PutCoordinator;
  readonly members: MemberDesk;
  readonly mint: DotMint;
}

type CommandOf<K extends Command['kind']> = Extract<Command, { readonly kind: K }>;
type Respond = (outcome: Outcome) => void;

export class BackupDesk {
  readonly #core: Core;
  readonly #parts: BackupParts;

  constructor(core: Core, parts: BackupParts) {
    this.#core = core;
    this.#parts = parts;
  }

  exportKey({ bucket, key }: CommandOf<'export'>, respond: Respond): void {
    const ref = this.#core.keyRef(bucket, key);
    this.#read(ref, respond, ({ context, siblings }) => {
      respond({ kind: 'exported', context: tokenOf(this.#core, ref, context), siblings: siblings.map((sibling) => toBackup(this.#core, ref, sibling)) });
    });
  }

  importKey(command: CommandOf<'import'>, respond: Respond): void {
    const ref = this.#core.keyRef(command.bucket, command.key);
    const backup = this.#backupOf(ref, command);
    if ('kind' in backup) {
      respond(backup);
      return;
    }
    const isLww = this.#core.isLatestOnly(ref.bucket);
    this.#read(ref, respond, (now) => {
      const plan = planImport(now, backup, isLww);
      if (command.dryRun) respond(outcomeOf(plan));
      else this.#writeAll(ref, plan, plan.writes, respond);
    });
  }

  importBucket({ bucket, settings, dryRun }: CommandOf<'import-bucket'>, respond: Respond): void {
    const { n, r, w } = settings;
    if (!isSettings(settings) || !isPossible(r, n) || !isPossible(w, n)) {
      respond(refused(`n=${n}, r=${r}, w=${w} do not go together`));
      return;
    }
    if (dryRun) {
      respond({ kind: 'bucket-imported', isTaken: this.#core.buckets.get(bucket) === undefined });
      return;
    }
    this.#parts.members.changeBucket(bucket, () => this.#core.buckets.adoption(bucket, settings, this.#core.self), (kept) => {
      respond(kept !== undefined && 'kind' in kept ? kept : { kind: 'bucket-imported', isTaken: kept !== undefined });
    });
  }

  #read(ref: KeyRef, refuse: (refusal: Refusal) => void, then: (object: KeyObject) => void): void {
    const { n, r, sloppy } = this.#core.buckets.settings(ref.bucket);
    const { primaries } = this.#core.placement.preferenceList(ref.partition, n);
    const alive = primaries.filter((member) => this.#core.liveness(member) === 'alive').length;
    const majority = quorumSize('quorum', primaries.length);
    if (alive < majority) {
      refuse({ kind: 'unreachable', needed: majority, acks: alive, durable: 0 });
      return;
    }
    this.#parts.gets.coordinate({
      ref,
      r: Math.max(alive, quorumSize(r, primaries.length)),
      sloppy,
      timeoutMs: this.#core.config.requestTimeoutMs,
      respond: (reading) => {
        if (reading.kind === 'reading') then(reading.object);
        else refuse(reading);
      },
    });
  }

  /** The line of a file as an object, or what is wrong with it. */
  #backupOf(ref: KeyRef, command: CommandOf<'import'>): KeyObject | Refusal {
    const reader = { core: this.#core, mint: this.#parts.mint };
    const given = contextInFile(reader, ref, command.context);
    if (isRefused(given)) return given;
    const context = given.seen;
    const siblings: StoredSibling[] = [];
    for (const { dot: name, seen: token, ...sibling } of command.siblings) {
      const named = parseDot(name);
      const dot = named && given.known(named);
      const origin = contextInFile(reader, ref, token);
      if (isRefused(origin)) return origin;
      if (dot === undefined || !covers(context, dot)) return refused('the context does not cover the siblings');
      siblings.push({ ...sibling, dot, seen: origin.seen });
    }
    siblings.sort((a, b) => compareDots(a.dot, b.dot));
    const isTwice = siblings.some(({ dot }, index) => index > 0 && compareDots(siblings[index - 1]?.dot ?? dot, dot) === 0);
    return isTwice ? refused('two siblings have one dot') : { context, siblings };
  }

  /** One after the other, each a write of its own. The first that fails ends it: the rest is lacking still. */
  #writeAll(ref: KeyRef, plan: ImportPlan, left: readonly PlannedWrite[], respond: Respond): void {
    const [next, ...others] = left;
    if (next === undefined) {
      respond(outcomeOf(plan));
      return;
    }
    const { w, sloppy } = this.#core.buckets.settings(ref.bucket);
    const { sibling, replaces, origin } = next;
    const { value, contentType, writeId, writtenBy, writtenAt, seen } = sibling;
    routePut(this.#core, this.#parts.puts, tokenOf(this.#core, ref, replaces), {
      ref,
      seen: replaces,
      seenStamp: 0,
      seenWrites: [],
      value,
      contentType,
      w,
      sloppy,
      timeoutMs: this.#core.config.requestTimeoutMs,
      writeId,
      writtenBy,
      imported: { origin, writtenAt, stamp: stampOf(sibling), seen },
      isLocal: false,
      respond: (outcome) => {
        if (outcome.kind === 'written') this.#writeAll(ref, plan, others, respond);
        else respond(outcome);
      },
    });
  }
}

function outcomeOf({ present, superseded, writes }: ImportPlan): Outcome {
  return { kind: 'imported', written: writes.length, present, superseded };
}

function toBackup(core: Core, ref: KeyRef, sibling: StoredSibling): BackupSibling {
  const { dot, value, contentType, writtenBy, writtenAt, writeId, seen, stamp } = sibling;
  const known = { dot: dotName(dot), value, contentType, writtenBy, writtenAt, writeId, seen: tokenOf(core, ref, seen) };
  return stamp === undefined ? known : { ...known, stamp };
}

function tokenOf({ seal }: Core, ref: KeyRef, context: CausalContext): string {
  return context.upper.size === 0 ? '' : contextToken(ref, context, seal);
}

function refused(message: string): Refusal {
  return { kind: 'bad-request', code: 'BAD_REQUEST', message };
}
