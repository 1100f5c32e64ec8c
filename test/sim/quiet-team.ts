/** A simulated team of three with one copy of each key of `notes`, that nobody watches. */
import { DEFAULT_SETTINGS } from '../../p2p/membership/bucket-registry.ts';
import { QUIET } from './options.ts';
import { Simulator } from './simulator.ts';

const NOBODY = () => undefined;
const UNWATCHED = { object: NOBODY, loss: NOBODY, drop: NOBODY, takenAway: NOBODY, notice: NOBODY, stepped: NOBODY };

export function quietTeam(joiners = 0): Simulator {
  const sim = new Simulator({ ...QUIET, joiners, buckets: [{ name: 'notes', settings: { ...DEFAULT_SETTINGS, n: 1, r: 1, w: 1 } }] }, UNWATCHED);
  sim.startAll();
  sim.run(5_000);
  return sim;
}
