/** Making, joining and holding the one team of this device: the `Backend` of the API. */
import type { Store, TraceEvent } from '../../p2p/index.ts';
import { ApiError, noTeam } from '../api/api-error.ts';
import type { Backend } from '../api/backend.ts';
import type { TeamInfo } from '../api/contract.ts';
import type { Charter, Identity, Log, Parts, Profile } from './engine.ts';
import { createMetrics } from './metrics.ts';
import type { StartOptions } from './options.ts';
import { startSession, type TeamSession } from './team-session.ts';

export interface DeskInit {
  readonly parts: Parts;
  readonly options: StartOptions;
  readonly store: Store;
  readonly identity: Identity;
  readonly profile: Profile;
  readonly version: string;
  readonly log: Log;
}

export interface TeamDesk extends Backend {
  stop(): Promise<void>;
}

const TEAM_ROW = 'team';
const JOIN_TIMEOUT_MS = 20_000;

/** Goes on in the team that the store knows, if any. */
export async function openTeamDesk(init: DeskInit): Promise<TeamDesk> {
  const { parts, options, store, identity, profile } = init;
  const handlers = new Set<() => void>();
  let session: TeamSession | undefined;
  /** One change of team at a time. */
  let entering = false;
  const metrics = createMetrics({ counts: () => store.counts(), engine: () => session?.engine });
  const trace = (event: TraceEvent): void => {
    metrics.observeTrace(event);
    init.log('debug', event.kind, { trace: event });
  };

  const enter = async (makeCharter: () => Promise<Charter> | Charter): Promise<TeamInfo> => {
    if (session !== undefined || entering) throw new ApiError('ALREADY_IN_TEAM', 'This device is in a team already.');
    entering = true;
    try {
      const charter = await makeCharter();
      await store.commit([{ kind: 'meta', name: TEAM_ROW, bytes: charter.bytes }]);
      session = await startSession({ ...init, charter, trace });
    } finally {
      entering = false;
    }
    for (const handler of handlers) handler();
    return infoOf(session.charter);
  };

  const kept = (await store.meta(TEAM_ROW)).find(({ name }) => name === TEAM_ROW);
  if (kept !== undefined) session = await startSession({ ...init, trace, charter: parts.readCharter(kept.bytes) });

  return {
    memberId: identity.signer.member,
    name: options.name,
    version: init.version,
    dataDir: options.dataDir,
    listen: () => session?.addresses() ?? [],
    team: () => (session === undefined ? undefined : infoOf(session.charter)),
    engine: () => session?.engine,
    counts: () => store.counts(),
    warnings: () => store.identity.warnings,
    metrics,
    createTeam: (choices) => enter(() => parts.foundTeam({ identity, profile, ...choices })),
    join: (invite) => enter(() => askInviter(init, invite)),
    invite({ expiresInMs }) {
      return session === undefined ? Promise.reject(noTeam()) : session.invite(expiresInMs);
    },
    onTeam(handler) {
      handlers.add(handler);
      return () => void handlers.delete(handler);
    },
    stop: async () => session?.stop(),
  };
}

/** @throws ApiError `INVITE_INVALID`, `INVITE_REFUSED`, `INVITER_UNREACHABLE`. */
async function askInviter({ parts, identity, log }: DeskInit, invite: string): Promise<Charter> {
  const joined = await parts.joinTeam({ identity, invite, request: new Uint8Array(), timeoutMs: JOIN_TIMEOUT_MS, log });
  if (!joined.ok) throw new ApiError(joined.code, joined.message);
  try {
    return parts.acceptAdmission(invite, joined.answer);
  } catch (error) {
    log('warn', 'The answer of the inviter is not sound.', { err: error });
    throw new ApiError('INVITE_REFUSED', 'The answer of the inviter is not sound.');
  }
}

function infoOf({ team }: Charter): TeamInfo {
  return { teamId: team.id, name: team.name, partitions: team.partitions };
}
