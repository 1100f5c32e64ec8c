/** What is wrong on this device itself: its disk, its clock, its release. Pure. */
import type { DoctorFacts, MemberFact } from './facts.ts';
import type { Finding } from './report.ts';
import { count, listed, megabytes, span } from './words.ts';

/** A clock that is further off than this misleads people. */
export const CLOCK_OFF_MS = 60_000;
const DISK_LOW_BYTES = 200_000_000;

export function deviceFindings(facts: DoctorFacts): readonly Finding[] {
  return [...diskFindings(facts), ...clockFindings(facts), ...machineFindings(facts), ...releaseFindings(facts)];
}

function diskFindings({ disk }: DoctorFacts): readonly Finding[] {
  const { readOnly, corruptRecords, refusedRecords, freeBytes } = disk;
  const found: Finding[] = [];
  const isLow = freeBytes !== null && freeBytes < DISK_LOW_BYTES;
  const left = isLow ? [`${megabytes(freeBytes)} are left on its disk.`] : [];
  if (readOnly !== null) {
    const title = isLow ? 'The disk is full: this device takes no writes' : 'The disk refuses: this device takes no writes';
    found.push({ id: isLow ? 'disk-full' : 'read-only', severity: 'problem', layer: 'disk', title, seen: [readOnly, ...left], todo: ['Make room on the disk that holds the data folder, or see why it refuses. It goes on by itself.'] });
  } else if (isLow) {
    found.push({ id: 'disk-low', severity: 'warning', layer: 'disk', title: 'The disk is almost full', seen: left, todo: ['Make room on the disk that holds the data folder, before it refuses.'] });
  }
  if (refusedRecords > 0) {
    found.push({
      id: 'damaged-records', severity: 'warning', layer: 'disk', title: `${count(refusedRecords, 'record')} on this disk ${refusedRecords === 1 ? 'is' : 'are'} damaged`,
      seen: ['What is damaged is never shown; nobody who is reached has it whole.'], todo: ['Bring the devices back that keep it: it is fetched from them by itself.', 'If it happens again, have the disk checked.'],
    });
  } else if (corruptRecords > 0) {
    found.push({
      id: 'mended-records', severity: 'note', layer: 'disk', title: `${count(corruptRecords, 'row')} on this disk ${corruptRecords === 1 ? 'was' : 'were'} found damaged`,
      seen: ['What was damaged is fetched again from the others.'], todo: ['If it happens again, have the disk checked.'],
    });
  }
  return found;
}

function clockFindings({ members }: DoctorFacts): readonly Finding[] {
  const known = members.flatMap((member) => (member.self || member.clockOffsetMs === null ? [] : [{ ...member, off: member.clockOffsetMs }]));
  const wrong = known.filter(({ off }) => Math.abs(off) > CLOCK_OFF_MS);
  const [first] = wrong;
  if (first === undefined) return [];
  const seen = wrong.map(({ name, off }) => `The clock of ${name} is ${span(off)} ${off > 0 ? 'ahead of' : 'behind'} this one.`);
  const todo = (whose: string): readonly string[] => [`Let ${whose} set its time from the network. Nothing is lost by a wrong clock, but times are shown wrong, and in buckets that keep the latest write it may win wrongly.`];
  const doAgree = wrong.every(({ off }) => Math.abs(off - first.off) <= CLOCK_OFF_MS);
  if (known.length > 1 && wrong.length === known.length && doAgree) {
    return [{ id: 'own-clock-off', severity: 'warning', layer: 'clock', title: `The clock of this device is ${span(first.off)} ${first.off > 0 ? 'behind' : 'ahead of'} the others`, seen, todo: todo('this device') }];
  }
  const names = listed(wrong.map(({ name }) => name));
  const title = known.length === 1 ? `The clocks of this device and ${names} differ by ${span(first.off)}` : `${wrong.length === 1 ? 'The clock' : 'The clocks'} of ${names} ${wrong.length === 1 ? 'is' : 'are'} wrong`;
  return [{ id: 'clock-off', severity: 'warning', layer: 'clock', title, seen, todo: todo(known.length === 1 ? 'the device that is wrong' : names) }];
}

/** A cloned image takes its id along: two computers then count as one, and a record has fewer copies than is said. */
function machineFindings({ members }: DoctorFacts): readonly Finding[] {
  const present = members.filter(({ status }) => status === 'joining' || status === 'up' || status === 'leaving');
  const twins = present.filter((member) => present.some((other) => other !== member && other.machine === member.machine && areApart(other, member)));
  if (twins.length === 0) return [];
  const seen = twins.slice(0, 8).map((member) => `${member.name} is at ${listed([...hostsOf(member)].slice(0, 3))}.`);
  return [{
    id: 'same-machine', severity: 'warning', layer: 'team', title: `${listed(twins.slice(0, 8).map(({ name }) => name))} count as one computer, and seem to be several`,
    seen: [...seen, 'They have one machine id, as computers that were cloned from one image have. A record is kept by one of them only.'],
    todo: ['If they are several computers, give each an id of its own (on Linux: remove /etc/machine-id and run systemd-machine-id-setup), or start them with --machine and a name that no other has.'],
  }];
}

/** Both can be reached from outside, and nowhere is an address of both. */
function areApart(a: MemberFact, b: MemberFact): boolean {
  const [ofA, ofB] = [hostsOf(a), hostsOf(b)];
  return ofA.size > 0 && ofB.size > 0 && [...ofA].every((host) => !ofB.has(host));
}

function hostsOf({ addresses }: MemberFact): ReadonlySet<string> {
  const hosts = addresses.flatMap((address) => /^\/ip[46]\/([^/]+)\//.exec(address)?.[1] ?? []);
  return new Set(hosts.filter((host) => !host.startsWith('127.') && host !== '::1'));
}

function releaseFindings({ members, release }: DoctorFacts): readonly Finding[] {
  const differing = members.filter((member) => !member.self && member.release !== null && member.release !== release);
  if (differing.length === 0) return [];
  const seen = differing.slice(0, 8).map((member: MemberFact) => `${member.name} runs ${member.release ?? ''}, this device ${release}.`);
  return [{ id: 'other-release', severity: 'note', layer: 'release', title: 'Not all devices run the same release', seen, todo: ['They work together. Bring the older ones up to date when it suits.'] }];
}
