/**
 * The names that others gave, made visible as answers come in: of members, of who works at them,
 * of machines, zones and the team, and sentences that have them in. Nothing in the window asks for anything by these. Keys and
 * buckets stay as they are, for one asks by them; whoever shows one makes it visible there. So does the
 * answer of `rename`: what somebody goes on editing is the name itself.
 */
import type {
  ActivityEntry, CallName, DialResult, DoctorReport, ImportReport, InviteFacts, InviteInfo, MemberInfo, RemovedBy, Result, Sibling, Status, TeamInfo,
} from '../../main/api/contract.ts';
import { visible } from './visible.ts';

type Take = { readonly [C in CallName]?: (answer: Result<C>) => Result<C> };

const TAKE: Take = {
  status,
  createTeam: team,
  join: team,
  invites: (all) => all.map(invite),
  withdrawInvite: (left) => left.map(invite),
  readInvite,
  members: (members) => members.map(member),
  removeMember: member,
  get: (read) => ({ ...read, siblings: read.siblings.map(sibling), ...(read.base === undefined ? {} : { base: sibling(read.base) }) }),
  history: (history) => ({ ...history, versions: history.versions.map(sibling) }),
  doctor,
  dial,
  feedImport: (part) => ({ ...part, report: importReport(part.report) }),
  stopImport: importReport,
  activity: (page) => ({ ...page, entries: page.entries.map(entry) }),
};

export function withVisibleNames<C extends CallName>(call: C, answer: Result<C>): Result<C> {
  return TAKE[call]?.(answer) ?? answer;
}

function status(answer: Status): Status {
  const { closing, membership, disk } = answer;
  return {
    ...answer,
    name: visible(answer.name),
    person: orNull(answer.person),
    team: answer.team === null ? null : team(answer.team),
    membership: membership === null ? null : { ...membership, removed: removal(membership.removed) },
    closing: { ...closing, words: visible(closing.words), detail: visible(closing.detail) },
    disk: { ...disk, readOnly: orNull(disk.readOnly) },
    quarantine: orNull(answer.quarantine),
    warnings: answer.warnings.map(visible),
  };
}

function team(answer: TeamInfo): TeamInfo {
  return { ...answer, name: visible(answer.name) };
}

function invite(answer: InviteInfo): InviteInfo {
  const { used } = answer;
  return used === null ? answer : { ...answer, used: { ...used, byName: visible(used.byName), byPerson: orNull(used.byPerson) } };
}

function readInvite(answer: InviteFacts): InviteFacts {
  return { ...answer, teamName: visible(answer.teamName) };
}

function member(answer: MemberInfo): MemberInfo {
  const { name, person, machine, zone, address, removed } = answer;
  return { ...answer, name: visible(name), person: orNull(person), machine: visible(machine), zone: orNull(zone), address: orNull(address), removed: removal(removed) };
}

function removal(removed: RemovedBy | null): RemovedBy | null {
  return removed === null ? null : { ...removed, byName: visible(removed.byName), byPerson: orNull(removed.byPerson) };
}

/** What it goes by stays as it is: of the facts an address is asked for. */
function doctor(answer: DoctorReport): DoctorReport {
  const findings = answer.findings.map((finding) => ({ ...finding, title: visible(finding.title), seen: finding.seen.map(visible), todo: finding.todo.map(visible) }));
  return { ...answer, summary: visible(answer.summary), findings };
}

function dial(answer: DialResult): DialResult {
  return { ...answer, memberName: orNull(answer.memberName), words: visible(answer.words) };
}

function sibling(answer: Sibling): Sibling {
  return { ...answer, writtenByName: visible(answer.writtenByName), writtenByPerson: orNull(answer.writtenByPerson) };
}

/** Why a line failed may quote it. */
function importReport(answer: ImportReport): ImportReport {
  const failed = answer.failed.map(({ line, error }) => ({ line, error: { ...error, message: visible(error.message) } }));
  return { ...answer, failed };
}

function entry(answer: ActivityEntry): ActivityEntry {
  return answer.kind === 'trouble' ? { ...answer, message: visible(answer.message) } : answer;
}

function orNull(text: string | null): string | null {
  return text === null ? null : visible(text);
}
