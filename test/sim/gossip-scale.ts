/**
 * How gossip behaves as the team grows, in this order:
 *
 *     rest     until a few beats cost as much as those before, and all believe the same facts
 *     idle     what a member sends and receives, and false alarms: pairs in which somebody takes a
 *              living member for suspect or down
 *     join     rounds (beats) until all know of a member that joined, then false alarms again
 *     death    rounds until nobody takes a member that died for alive, then the same
 *
 * A turn of broadcasts takes half as many beats as there are members. A large team is not watched
 * that long, and as all of it started at once, all of them would fall into one beat. So exchanges
 * are counted, and to that is added what one broadcast a turn costs, heard once by everybody else;
 * copies that gossipsub sends beside it are not in it.
 *
 * Silence of a member that is not connected counts after a time that grows with the team. Idle takes
 * longer than that up to 1,000 members. Larger teams are watched for less: they can show no false
 * alarm by such silence, and tell of the other kinds only.
 */
import { newsGapBeats, paceOf } from '../../p2p/membership/pace.ts';
import type { MemberId } from '../../p2p/types.ts';
import { GossipTeam } from './gossip-team.ts';

export interface GossipFigures {
  readonly members: number;
  readonly loss: number;
  /** Beats until the team was at rest; infinite when it was not. */
  readonly restBeats: number;
  readonly idleBeats: number;
  /** Silence of members that are not connected counts after so many beats. */
  readonly silenceBeats: number;
  readonly joinRounds: number;
  readonly deathRounds: number;
  readonly sentMessages: number;
  readonly sentBytes: number;
  readonly receivedBytes: number;
  /** Mean silence of members that are not connected, over the gap that the pace counts on. */
  readonly newsGap: number;
  /** Of the member that received most. */
  readonly receivedBytesMax: number;
  /** Pairs (observer, living member) that were wrong at one of the looks. */
  readonly falseAlarms: number;
  readonly looks: number;
  readonly seconds: number;
}

interface Idle {
  readonly sentMessages: number;
  readonly sentBytes: number;
  readonly receivedBytes: number;
  readonly receivedBytesMax: number;
}

const OPENS = 8;
const REST_STEP_BEATS = 5;
/** Two steps that differ by less are as good as equal: what a message holds is drawn. */
const REST_DIFFERENCE = 0.02;
const REST_BEATS_MAX = 100;
const IDLE_BEATS_MIN = 20;
/** Longer than the silence that counts, so that there could be a false alarm by it. */
const IDLE_SILENCES = 1.25;
/** More take too long to simulate for that. */
const WATCHED_MEMBERS_MAX = 1_000;
const IDLE_LOOKS = 8;
const ROUNDS_MAX = 120;
const LOOK_AT_PAIRS = 1_000_000;

export function measureGossip(options: { readonly members: number; readonly loss: number; readonly seed: number }): GossipFigures {
  const startedMs = performance.now();
  const { members, loss } = options;
  const opens = Math.min(OPENS, members - 1);
  const team = new GossipTeam({ ...options, opens });
  const restBeats = beatsUntilRest(team);

  const { contacts, distantBeats } = paceOf(members, 2 * opens);
  const idleBeats = members > WATCHED_MEMBERS_MAX ? IDLE_BEATS_MIN : Math.max(IDLE_BEATS_MIN, IDLE_SILENCES * distantBeats);
  const alarms = new Alarms(team);
  const idle = measureIdle(team, { members, loss, beats: idleBeats }, alarms);

  const newsGap = meanSilenceBeats(team) / newsGapBeats(members, contacts);

  const newcomer = team.join();
  const joinRounds = roundsUntilAll(team, newcomer, (core) => core.roster.get(newcomer) !== undefined);
  alarms.look();

  const [, , dead = ''] = team.members.keys();
  team.kill(dead);
  const deathRounds = roundsUntilAll(team, dead, (core) => core.liveness(dead) !== 'alive');
  team.runBeats(2);
  alarms.look();
  const { looks, wrong: falseAlarms } = alarms;
  return {
    members, loss, restBeats, idleBeats, silenceBeats: distantBeats, joinRounds, deathRounds, ...idle, newsGap, falseAlarms, looks,
    seconds: (performance.now() - startedMs) / 1_000,
  };
}

function beatsUntilRest(team: GossipTeam): number {
  let before = 0;
  for (let beats = REST_STEP_BEATS; beats <= REST_BEATS_MAX; beats += REST_STEP_BEATS) {
    team.resetTraffic();
    team.runBeats(REST_STEP_BEATS);
    const { bytes } = team.sent;
    if (Math.abs(bytes - before) <= REST_DIFFERENCE * before && team.agrees()) return beats;
    before = bytes;
  }
  return Number.POSITIVE_INFINITY;
}

function measureIdle(team: GossipTeam, { members, loss, beats }: { readonly members: number; readonly loss: number; readonly beats: number }, alarms: Alarms): Idle {
  team.resetTraffic();
  for (let look = 0; look < IDLE_LOOKS; look += 1) {
    team.runBeats(beats / IDLE_LOOKS);
    alarms.look();
  }
  const seconds = (beats * team.beatMs) / 1_000;
  const broadcasts = 1_000 / (team.beatMs * paceOf(members, 0).broadcastBeats);
  const heardBytes = broadcasts * (members - 1) * (1 - loss) * team.broadcastBytes();
  return {
    sentMessages: team.sent.messages / members / seconds + broadcasts,
    sentBytes: team.sent.bytes / members / seconds + broadcasts * team.broadcastBytes(),
    receivedBytes: team.received.bytes / members / seconds + heardBytes,
    receivedBytesMax: [...team.receivedBy.values()].reduce((most, bytes) => Math.max(most, bytes), 0) / seconds + heardBytes,
  };
}

/** Of members that are not connected. */
function meanSilenceBeats({ members, nowMs, beatMs }: GossipTeam): number {
  let [silentMs, pairs] = [0, 0];
  for (const { core } of members.values()) {
    for (const other of members.keys()) {
      if (other === core.self || core.detector.isConnected(other)) continue;
      silentMs += nowMs - (core.detector.lastHeardMs(other) ?? 0);
      pairs += 1;
    }
  }
  return silentMs / Math.max(1, pairs) / beatMs;
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
  wrong = 0;
  readonly #team: GossipTeam;

  constructor(team: GossipTeam) {
    this.#team = team;
  }

  look(): void {
    const { members, nowMs } = this.#team;
    const step = Math.max(1, Math.ceil(members.size ** 2 / LOOK_AT_PAIRS));
    for (const [index, { member, core }] of [...members.values()].entries()) {
      if (index % step !== 0) continue;
      for (const other of members.keys()) {
        if (other === member || core.roster.get(other) === undefined) continue;
        this.looks += 1;
        if (core.detector.liveness(other, nowMs) !== 'alive') this.wrong += 1;
      }
    }
  }
}
