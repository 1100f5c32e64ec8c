/** `npm run test:thirty`: thirty real members on one machine. Takes a minute or two of two cores. */
import { proveLargeTeam } from './large-team.ts';

const MEMBERS = 30;

const { settledMs, idlePercent, noticedMs } = await proveLargeTeam(MEMBERS);
console.log(`${MEMBERS} members settled after ${(settledMs / 1_000).toFixed(1)} s; idle they take ${idlePercent.toFixed(1)} % of a core each; a kill was noticed by all in ${Math.round(noticedMs)} ms`);
