/** How far this device is with fetching what it is to keep, and with leaving. Pure. */
import type { DoctorFacts } from './facts.ts';
import { hasPlace, othersIn } from './place.ts';
import type { Finding } from './report.ts';
import { count } from './words.ts';

export function syncFindings(facts: DoctorFacts): readonly Finding[] {
  const { sync, team } = facts;
  if (team === null || !hasPlace(facts)) return [];
  const seen = [`${count(sync.owed, 'partition')} to fetch, ${count(sync.keysMoved, 'key')} moved since the start.`];
  const isReached = othersIn(facts).some(({ liveness }) => liveness === 'alive');
  const todo = isReached ? ['It goes on by itself; keep this device and one other on.'] : ['It goes on as soon as another device is reached.'];
  if (team.standing === 'joining') return [{ id: 'first-sync', severity: 'note', layer: 'sync', title: 'The first sync is under way', seen, todo }];
  if (team.standing === 'leaving') return [{ id: 'leaving', severity: 'note', layer: 'sync', title: 'This device is leaving: it hands over what it keeps', seen: [], todo }];
  if (sync.owed === 0) return [];
  return [{ id: 'fetching', severity: 'note', layer: 'sync', title: 'This device is fetching what it newly keeps', seen, todo }];
}
