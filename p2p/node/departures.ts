/**
 * How members go: by their own will, once others have what they kept, or taken out by another.
 *
 *     up ──leave──► leaving ──everything handed over──► left        own, undone by joining again
 *     any ──a member's signature──► removed                         for good, for this member id
 *
 * A leaver closes before it looks for the last time whether everything is handed over: from then on it
 * coordinates no write and is no copy of one, so nothing is told of that only it has. That it has left is
 * on its disk before anybody hears of it: one that crashed in between would take itself for an owner, and
 * nobody would ask it.
 */
import type { MemberId, MemberRecord, OwnStatus } from '../types.ts';
import type { MemberRefusal, Outcome } from './commands.ts';
import type { Core } from './core.ts';
import type { DurableFacts, Fact } from './durable-facts.ts';
import { sendRecords } from './record-delta.ts';

export interface DepartureEvents {
  /** This member's own word of itself. */
  readonly status: () => OwnStatus;
  /** Sign and spread a new word of this member about itself. */
  readonly declare: (status: OwnStatus) => void;
  /** Declare `left` once that is durable: false when the disk refused it, and nothing is said. */
  readonly declareLeft: (done: (isDurable: boolean) => void) => void;
  /** Records are new: the ring and what follows from it. */
  readonly changed: (news: readonly MemberRecord[]) => void;
  /** `durable-facts.ts`. */
  readonly change: DurableFacts['change'];
  /** Where a record is kept. */
  readonly rowOf: (record: MemberRecord) => Pick<Fact, 'row' | 'bytes'>;
}

const FAREWELL_EVERY_MS = 500;
const FAREWELLS = 8;
const DISK_AGAIN_MS = 1_000;

export class Departures {
  readonly #core: Core;
  readonly #on: DepartureEvents;
  #isClosed = false;
  #isGoing = false;

  constructor(core: Core, on: DepartureEvents) {
    this.#core = core;
    this.#on = on;
  }

  /** `handover.ts` does the work and calls `handedOver`. @param force Do not wait for others to have what this member keeps. */
  leave(force: boolean): Outcome {
    if (this.#core.out !== undefined) return outOfTeam(this.#core.out);
    if (!force && this.#heirs().length === 0) {
      const message = 'No member stays that could take over what this device keeps. Leaving by force keeps it in this device\'s data folder only.';
      return { kind: 'bad-request', code: 'BAD_REQUEST', message };
    }
    if (force) this.#depart();
    else if (this.#on.status() !== 'leaving') this.#on.declare('leaving');
    return { kind: 'departing' };
  }

  /** @param respond Once the removal is on this disk, and known. */
  remove(member: MemberId, respond: (outcome: Outcome) => void): void {
    const refusal = this.#refusal(member);
    if (refusal !== undefined) {
      respond(refusal);
      return;
    }
    const { roster, now } = this.#core;
    const make = (): Fact | undefined => {
      const [known, record] = [roster.get(member), roster.removal(member, now.wallMs)];
      return record && {
        ...this.#on.rowOf(record),
        isCurrent: () => roster.get(member) === known,
        tell: () => this.#on.changed(roster.offer([record])),
      };
    };
    this.#on.change(make, (failure) => respond(failure ?? { kind: 'removed', member }));
  }

  #refusal(member: MemberId): Outcome | undefined {
    if (this.#core.out !== undefined) return outOfTeam(this.#core.out);
    const record = this.#core.roster.get(member);
    if (record === undefined) return { kind: 'not-found', message: 'No member of the team has this id.' };
    if (member === this.#core.self) {
      return { kind: 'bad-request', code: 'BAD_REQUEST', message: 'A device does not remove itself: it leaves the team.' };
    }
    return undefined;
  }

  get isLeaving(): boolean {
    return this.#on.status() === 'leaving' && this.#core.out === undefined;
  }

  /** It takes no write any more, neither as its coordinator nor as a copy. */
  get isClosed(): boolean {
    return this.#isClosed;
  }

  /** Before the last look at what others have of what is here. */
  close(): void {
    this.#isClosed = true;
  }

  /** Others lack something yet: it goes on serving meanwhile. */
  open(): void {
    this.#isClosed = this.#isGoing;
  }

  /** Leaving ends once others keep everything that this member has. */
  handedOver(): void {
    if (this.isLeaving) this.#depart();
  }

  /** Those who are to keep what a leaver has, and are not here to take it. */
  waitingFor(): readonly MemberId[] {
    if (!this.isLeaving) return [];
    return this.#heirs().filter((member) => this.#core.liveness(member) !== 'alive');
  }

  /** Lets a removed member know, for it hears of nothing else any more; and whoever missed the farewell of this one. */
  tell(member: MemberId): void {
    const own = this.#core.out === 'left' ? this.#core.roster.get(this.#core.self) : undefined;
    const news = own === undefined ? this.#core.roster.verdict(member) : [own];
    if (news.length > 0) sendRecords(this.#core, member, news);
  }

  #depart(): void {
    if (this.#isGoing) return;
    this.#isGoing = true;
    this.close();
    this.#go();
  }

  #go(): void {
    this.#on.declareLeft((isDurable) => {
      if (isDurable) this.#sayFarewell(FAREWELLS);
      else if (this.#core.out === undefined) this.#core.after(DISK_AGAIN_MS, () => this.#go());
    });
  }

  /** Until those who are connected close the door, which is how they show that they have heard. */
  #sayFarewell(times: number): void {
    const own = this.#core.roster.get(this.#core.self);
    const here = this.#core.roster.all().filter(({ member }) => this.#core.detector.isConnected(member));
    if (own === undefined || times === 0 || here.length === 0) return;
    for (const { member } of here) sendRecords(this.#core, member, [own]);
    this.#core.after(FAREWELL_EVERY_MS, () => this.#sayFarewell(times - 1));
  }

  #heirs(): readonly MemberId[] {
    return this.#core.peers().filter((member) => ['joining', 'up'].includes(this.#core.roster.get(member)?.status ?? ''));
  }
}

/** The refusal of whatever needs a team, in the last moments in it. */
export const GOING: MemberRefusal = {
  kind: 'no-team',
  message: 'This device is just leaving the team and takes no more writes. Write on another device, or try again if it does not leave.',
};

/** The refusal of whatever needs a team. */
export function outOfTeam(why: 'left' | 'removed'): MemberRefusal {
  const message =
    why === 'left'
      ? 'This device has left the team.'
      : 'This device was removed from the team. It keeps what it has, to be read and exported, and takes no writes.';
  return { kind: 'no-team', message };
}
