/** Commands about the team and whole buckets. */
import { createReadStream } from 'node:fs';
import { access } from 'node:fs/promises';
import { pipeline } from 'node:stream/promises';
import type { ConflictPage, ImportReport, InviteInfo, KeyPage, LeaveResult, MemberInfo, NewInvite, RepairReport, RingInfo, Status } from '../api/contract.ts';
import { whoWrote } from '../api/who-wrote.ts';
import { CliError, type ExitCode } from './exit-codes.ts';
import type { Invocation } from './invocation.ts';
import { at, type Ask } from './member-client.ts';
import { table } from './table.ts';

export async function ls(call: Invocation): Promise<ExitCode> {
  const bucket = call.words[0];
  if (bucket === undefined) {
    return show<{ buckets: readonly string[] }>(call, { path: at('buckets') }, ({ buckets }) => table(['bucket'], buckets.map((name) => [name])));
  }
  const query = { prefix: call.option('prefix'), after: call.option('after'), limit: call.option('limit'), deleted: call.deleted ? 'true' : undefined };
  return show<KeyPage>(call, { path: at('buckets', bucket, 'keys'), query }, ({ keys, next, partial }) => {
    const rows = keys.map(({ key, siblings, contentType, size, writtenAt, deleted }) => [key, siblings, deleted ? '(deleted)' : contentType, size, writtenAt]);
    const more = next === undefined ? '' : `more: --after ${next}\n`;
    const missing = partial === undefined ? '' : `${partial.length} partitions could not be reached\n`;
    return table(['key', 'siblings', 'type', 'bytes', 'written'], rows) + more + missing;
  });
}

export function conflicts(call: Invocation): Promise<ExitCode> {
  const query = { bucket: call.words[0] ?? call.option('bucket'), after: call.option('after'), limit: call.option('limit') };
  return show<ConflictPage>(call, { path: at('conflicts'), query }, (page) => {
    const rows = page.conflicts.map((row) => [row.bucket, row.key, row.siblings, row.writtenAt]);
    return table(['bucket', 'key', 'siblings', 'written'], rows) + (page.next === undefined ? '' : `more: --after ${page.next}\n`);
  });
}

export function status(call: Invocation): Promise<ExitCode> {
  return show<Status>(call, { path: at('status') }, (now) =>
    table(['what', 'now'], [
      ['member', now.memberId], ['name', now.name], ['person', now.person], ['team', now.team?.name], ['membership', now.membership?.status], ['keys', now.counts.keys],
      ['conflicts', now.counts.siblings], ['partitions', now.counts.partitions],
      ['members', `${now.counts.alive} of ${now.counts.members} alive`], ['hints', now.hints], ['safe to close', `${now.closing.isSafe ? 'yes' : 'no'}: ${now.closing.detail}`],
      ['last repair round', now.antiEntropy.lastRound], ['partitions to fetch', now.transfers.owed], ['last scrub', now.disk.scrub.last], ['damaged records', now.disk.scrub.refused],
      ['deletions to forget', deletionsText(now.reaping)],
      ['read only', now.disk.readOnly], ['quarantine', now.quarantine],
      ...now.listen.map((address) => ['listens', address]), ...now.warnings.map((warning) => ['warning', warning]),
    ]),
  );
}

export function members(call: Invocation): Promise<ExitCode> {
  const nameOf = ({ name, self }: MemberInfo): string => (self ? `${name} (this device)` : name);
  return show<readonly MemberInfo[]>(call, { path: at('members') }, (all) =>
    call.memberWords
      ? table(['name', 'person', 'words', 'member'], all.map((one) => [nameOf(one), one.person, one.words.join(' '), one.memberId]))
      : table(['name', 'person', 'role', 'status', 'liveness', 'partitions', 'hints', 'member'], all.map((one) => [
          nameOf(one), one.person, one.role, one.status, one.liveness, one.partitionsOwned, one.hintsFor, one.memberId,
        ])),
  );
}

export function ring(call: Invocation): Promise<ExitCode> {
  return show<RingInfo>(call, { path: at('ring') }, (now) =>
    `${now.partitions} partitions, ring ${now.version}\n${table(['partition', 'owners'], now.owners.map((owners, index) => [index, owners.join(' ')]))}`,
  );
}

function deletionsText({ waiting, reaped, blockedBy }: Status['reaping']): string {
  const held = blockedBy.length === 0 ? '' : `, held up by ${blockedBy.join(' ')}`;
  return `${waiting} waiting, ${reaped} forgotten since the start${held}`;
}

export function repair(call: Invocation): Promise<ExitCode> {
  const query = { bucket: call.words[0] ?? call.option('bucket') };
  return show<RepairReport>(call, { method: 'POST', path: at('repair'), query }, ({ partitions, exchanged, differing, repaired }) =>
    table(['partitions', 'comparisons', 'keys that differed', 'repaired'], [[partitions, exchanged, differing, repaired]]),
  );
}

export function invite(call: Invocation): Promise<ExitCode> {
  const withdrawn = call.option('withdraw');
  if (withdrawn !== undefined) return show<readonly InviteInfo[]>(call, { method: 'DELETE', path: at('invites', withdrawn) }, invitesTable);
  if (call.list) return show<readonly InviteInfo[]>(call, { path: at('invites') }, invitesTable);
  const expires = call.option('expires-in-s');
  const body = JSON.stringify(expires === undefined ? {} : { expiresInS: Number(expires) });
  return show<NewInvite>(call, { method: 'POST', path: at('invites'), body }, (made) => `${made.invite}\n`);
}

function invitesTable(all: readonly InviteInfo[]): string {
  const rows = all.map(({ inviteId, madeAt, expiresAt, used }) => [inviteId, used === null ? 'open' : `used by ${whoWrote({ id: used.by, name: used.byName, person: used.byPerson })}`, madeAt, expiresAt, used?.at]);
  return table(['invite', 'state', 'made', 'expires', 'used'], rows);
}

export function join(call: Invocation): Promise<ExitCode> {
  const body = JSON.stringify({ invite: call.word(0, 'INVITE'), ...personGiven(call) });
  return show<{ name: string }>(call, { method: 'POST', path: at('join'), body }, ({ name }) => `joined ${name}\n`);
}

/** With an option, from now on; an empty person is nobody. */
export function names(call: Invocation): Promise<ExitCode> {
  const name = call.option('name');
  const body = JSON.stringify({ ...(name !== undefined && { name }), ...personGiven(call) });
  return show<{ name: string; person: string | null }>(call, { method: 'PUT', path: at('names'), body }, (now) =>
    table(['what', 'now'], [['device', now.name], ['person', now.person]]),
  );
}

function personGiven(call: Invocation): { readonly person?: string | null } {
  const person = call.option('person')?.trim();
  return person === undefined ? {} : { person: person || null };
}

/** 0 once it has left; 4 while others do not have everything yet: it goes on by itself. */
export async function leave(call: Invocation): Promise<ExitCode> {
  const body = JSON.stringify({ force: call.force });
  const answer = (await call.client.json({ method: 'POST', path: at('leave'), body })) as LeaveResult;
  const waits = `leaving: not everything is handed over yet, ${answer.waitingFor.length} members that are to take it are away; it goes on by itself\n`;
  const text = answer.status === 'left' ? `left; what this device kept is in ${answer.setAside ?? ''}\n` : waits;
  call.out(call.json ? `${JSON.stringify(answer)}\n` : text);
  return answer.status === 'left' ? 0 : 4;
}

/** By member id, or by a name that one member alone has. */
export async function remove(call: Invocation): Promise<ExitCode> {
  const wanted = call.word(0, 'MEMBER (its id or name)');
  const all = (await call.client.json({ path: at('members') })) as readonly MemberInfo[];
  const named = all.filter(({ memberId, name, status: now }) => memberId === wanted || (name === wanted && now !== 'removed' && now !== 'left'));
  if (named.length > 1) throw new CliError(1, `${named.length} members are called ${wanted}: give the id`);
  const ask: Ask = { method: 'POST', path: at('members', named[0]?.memberId ?? wanted, 'remove') };
  return show<MemberInfo>(call, ask, ({ name, memberId }) => `removed ${name} ${memberId}\n`);
}

export async function watch(call: Invocation): Promise<ExitCode> {
  const query = { bucket: call.words[0], prefix: call.option('prefix') ?? call.words[1] };
  await pipeline(await call.client.stream({ path: at('watch'), query }), process.stdout, { end: false });
  return 5;
}

export async function exportAll(call: Invocation): Promise<ExitCode> {
  const query = { bucket: call.words[0] ?? call.option('bucket') };
  const answer = await call.client.stream({ path: at('export'), query });
  await pipeline(answer, process.stdout, { end: false }).catch(() => {
    throw new CliError(4, 'the export broke off: it is not complete');
  });
  return 0;
}

export async function importAll(call: Invocation): Promise<ExitCode> {
  const file = call.option('file') ?? call.word(0, 'FILE (or -)');
  if (file !== '-') await access(file).catch(() => Promise.reject(new CliError(1, `${file} cannot be read`)));
  const body = file === '-' ? process.stdin : createReadStream(file);
  const query = call.dryRun ? { dryRun: 'true' } : {};
  const report = (await call.client.json({ method: 'POST', path: at('import'), query, body })) as ImportReport;
  if (call.json) call.out(`${JSON.stringify(report)}\n`);
  else {
    const { lines, written, present, superseded, settings, failures } = report;
    const head = ['lines', call.dryRun ? 'would be written' : 'written', 'there already', 'replaced since', 'settings', 'failed'];
    call.out(table(head, [[lines, written, present, superseded, settings.written, failures]]));
    for (const { line, error } of report.failed) call.out(`line ${line}: ${error.code} ${error.message}\n`);
  }
  if (report.failures === 0) return 0;
  return report.failed.some(({ error }) => error.code === 'QUORUM_UNREACHABLE') ? 4 : 1;
}

async function show<T>(call: Invocation, ask: Ask, toText: (answer: T) => string): Promise<ExitCode> {
  const answer = await call.client.json(ask);
  call.out(call.json ? `${JSON.stringify(answer)}\n` : toText(answer as T));
  return 0;
}
