/**
 * How gossip behaves as the team grows: rounds (beats) until all know of a member that joined and
 * of one that died, what a member sends and receives while nothing happens, and false alarms, pairs
 * in which somebody takes a living member for suspect or down.
 */
import type { MemberId } from '../../p2p/types.ts';
import { GossipTeam } from './gossip-team.ts';

export interface GossipFigures {
  readonly members: number;
  readonly loss: number;
  readonly joinRounds: number;
  readonly deathRounds: number;
  readonly sentMessages: number;
  readonly sentBytes: number;
  readonly receivedBytes: number;
  /** Of the member that received most. */
  readonly receivedBytesMax: number;
  /** Share of pairs (observer, living member) that were wrong at one of the looks. */
  readonly falseAlarms: number;
  readonly looks: number;
  readonly seconds: number;
}

const OPENS = 8;
const SETTLE_BEATS = 8;
const IDLE_BEATS = 10;
const ROUNDS_MAX = 120;
const LOOK_AT_PAIRS = 4_000_000;

export function measureGossip(options: { readonly members: number; readonly loss: number; readonly seed: number }): GossipFigures {
  const startedMs = performance.now();
  const { members, loss } = options;
  const team = new GossipTeam({ ...options, opens: Math.min(OPENS, members - 1) });
  const alarms = new Alarms(team);
  team.runBeats(SETTLE_BEATS);

  team.resetTraffic();
  team.runBeats(IDLE_BEATS);
  const seconds = (IDLE_BEATS * team.beatMs) / 1_000;
  const idle = {
    sentMessages: team.sent.messages / members / seconds,
    sentBytes: team.sent.bytes / members / seconds,
    receivedBytes: team.received.bytes / members / seconds,
    receivedBytesMax: [...team.receivedBy.values()].reduce((most, bytes) => Math.max(most, bytes), 0) / seconds,
  };
  alarms.look();

  const newcomer = team.join();
  const joinRounds = roundsUntilAll(team, newcomer, (core) => core.roster.get(newcomer) !== undefined);
  alarms.look();

  const [, , dead = ''] = team.members.keys();
  team.kill(dead);
  const deathRounds = roundsUntilAll(team, dead, (core) => core.liveness(dead) !== 'alive');
  team.runBeats(2);
  alarms.look();
  return { members, loss, joinRounds, deathRounds, ...idle, falseAlarms: alarms.share, looks: alarms.looks, seconds: (performance.now() - startedMs) / 1_000 };
}

type Core = GossipTeam['members'] extends Map<string, infer Member extends { core: unknown }> ? Member['core'] : never;

/** Those who know stay out of the next look. */
function roundsUntilAll(team: GossipTeam, subject: MemberId, knows: (core: Core) => boolean): number {
  let left = [...team.members.values()].filter(({ member }) => member !== subject);
  return team.beatsUntil(() => {
    left = left.filter(({ core }) => {
      core.now = { nowMs: team.nowMs, wallMs: team.nowMs };
      return !knows(core);
    });
    return left.length === 0;
  }, ROUNDS_MAX);
}

/** Looks at all pairs, or in a large team at all members from some. */
class Alarms {
  looks = 0;
  #wrong = 0;
  readonly #team: GossipTeam;

  constructor(team: GossipTeam) {
    this.#team = team;
  }

  get share(): number {
    return this.#wrong / Math.max(1, this.looks);
  }

  look(): void {
    const { members, nowMs } = this.#team;
    const step = Math.max(1, Math.ceil(members.size ** 2 / LOOK_AT_PAIRS));
    for (const [index, { member, core }] of [...members.values()].entries()) {
      if (index % step !== 0) continue;
      for (const other of members.keys()) {
        if (other === member || core.roster.get(other) === undefined) continue;
        this.looks += 1;
        if (core.detector.liveness(other, nowMs) !== 'alive') this.#wrong += 1;
      }
    }
  }
}
