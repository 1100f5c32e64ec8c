/**
 * Pure: from what was observed to what is wrong, how that is seen and what to do. Each function looks
 * at one layer; a finding says nothing that its facts do not show.
 */
import { deviceFindings } from './device-findings.ts';
import type { DoctorFacts } from './facts.ts';
import { networkFindings } from './network-findings.ts';
import { hasPlace, othersIn } from './place.ts';
import { byGravity, isFine, type Finding } from './report.ts';
import { syncFindings } from './sync-findings.ts';
import { count } from './words.ts';

/** Never none: when nothing is wrong, that is said. */
export function diagnose(facts: DoctorFacts): readonly Finding[] {
  const found = [...teamFindings(facts), ...deviceFindings(facts), ...networkFindings(facts), ...syncFindings(facts)];
  // While others are still looked for nobody can say.
  const isWell = found.every(({ id, severity }) => isFine(severity) && id !== 'looking');
  return byGravity(isWell ? [...found, allWell(facts)] : found);
}

function teamFindings(facts: DoctorFacts): readonly Finding[] {
  const { team, quarantine } = facts;
  const found: Finding[] = [];
  if (team === null) {
    found.push({ id: 'no-team', severity: 'note', layer: 'team', title: 'This device is in no team yet', seen: [], todo: ['Start a team, or join one with an invitation from a teammate.'] });
  } else if (team.standing === 'removed') {
    const by = team.removedBy === null ? 'It was removed from the team.' : `It was removed from the team by ${team.removedBy}.`;
    found.push({ id: 'removed', severity: 'problem', layer: 'team', title: 'This device is no longer in its team', seen: [by], todo: ['Ask a teammate for a new invitation. What is here can still be read and exported.'] });
  } else if (team.standing !== 'left' && othersIn(facts).length === 0) {
    found.push({ id: 'alone', severity: 'note', layer: 'team', title: 'Nobody else is in the team', seen: ['So nothing is kept on a second device, and there is nobody to reach.'], todo: ['Invite another device under Team, or with "ringleaf invite".'] });
  }
  if (quarantine !== null) {
    found.push({
      id: 'quarantined', severity: 'problem', layer: 'folder', title: 'This device takes no part in its team for now', seen: [quarantine],
      todo: ['If the folder runs twice, stop one of the two; to keep both, start one with "ringleaf start --new-identity --join INVITE".', 'If it was put back from a backup, see that another device of the team is reached.'],
    });
  }
  return found;
}

function allWell(facts: DoctorFacts): Finding {
  const others = othersIn(facts);
  const reached = others.filter(({ liveness }) => liveness === 'alive').length;
  const seen = others.length > 0 && hasPlace(facts) ? [`${reached} of ${count(others.length, 'other device')} ${reached === 1 ? 'is' : 'are'} reached.`] : [];
  return { id: 'all-well', severity: 'ok', layer: 'team', title: 'Nothing is wrong', seen, todo: [] };
}
