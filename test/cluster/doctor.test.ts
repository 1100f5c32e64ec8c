/** The network doctor over real members on loopback: nobody there, a wrong address, the right one, and no member at all. */
import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { createServer } from 'node:net';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { after, before, test } from 'node:test';
import type { DialResult, DoctorFacts, DoctorReport, MemberInfo } from '../../main/api/contract.ts';
import { LAUNCHER, removeDir, startMember, startTeam, temporaryDir, until, type RunningMember } from './member-harness.ts';

const TIMEOUT = { timeout: 300_000 };

let dir: string;
let members: RunningMember[] = [];
const others: RunningMember[] = [];

before(async () => {
  dir = await temporaryDir();
  members = await startTeam(dir, 2);
}, { timeout: 300_000 });

after(async () => {
  await Promise.all([...members, ...others].map((member) => member.kill()));
  await removeDir(dir);
});

const member = (index: number): RunningMember => members[index] ?? assert.fail();
const plain = (address = ''): string => address.replace(/\/p2p\/.*/, '');
const portOf = (one: RunningMember): string => /\/tcp\/(\d+)/.exec(one.listen[0] ?? '')?.[1] ?? '0';

async function doctor(of: RunningMember): Promise<DoctorReport> {
  return (await of.ask('GET', '/v1/doctor')).json() as DoctorReport;
}

const idsOf = ({ findings }: DoctorReport): readonly string[] => findings.map(({ id }) => id);

async function dial(of: RunningMember, address: string): Promise<DialResult> {
  const answer = await of.ask('POST', '/v1/dial', { headers: { 'content-type': 'application/json' }, body: JSON.stringify({ address }) });
  assert.equal(answer.status, 200, answer.text);
  return answer.json() as DialResult;
}

async function run(...args: string[]): Promise<{ code: number; out: string }> {
  const child = spawn(process.execPath, [LAUNCHER, ...args], { stdio: ['ignore', 'pipe', 'ignore'] });
  const code = new Promise<number>((resolve) => child.once('close', (ended) => resolve(ended ?? -1)));
  const out = await text(child.stdout);
  return { code: await code, out };
}

async function freePort(): Promise<number> {
  const server = createServer();
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const address = server.address();
  await new Promise((resolve) => server.close(resolve));
  return typeof address === 'object' && address !== null ? address.port : 0;
}

test('DR-4 DR-7 a team that is well: round trip, clock and release of the others, on the command line too', TIMEOUT, async () => {
  const known = async (): Promise<MemberInfo> => ((await member(0).ask('GET', '/v1/members')).json() as MemberInfo[]).find(({ self }) => !self) ?? assert.fail();
  await until('the other has answered', async () => (await known()).clockOffsetMs !== null);
  const { roundTripMs, clockOffsetMs, release } = await known();
  assert.ok(roundTripMs !== null && roundTripMs >= 0 && roundTripMs < 5_000, String(roundTripMs));
  assert.ok(Math.abs(clockOffsetMs ?? Number.NaN) < 1_000, String(clockOffsetMs));
  assert.match(release ?? '', /^\d+\.\d+\.\d+/);
  const report = await doctor(member(0));
  assert.deepEqual([report.verdict, idsOf(report).includes('all-well')], ['ok', true], JSON.stringify(report.findings));
  const cli = await run('doctor', '--data-dir', member(0).dataDir);
  assert.equal(cli.code, 0);
  assert.match(cli.out, /^ok +Nothing is wrong[^]*m2 +alive +\d+\.\d ms +same +\d+\.\d+\.\d+/m);
  assert.deepEqual(JSON.parse((await run('doctor', '--json', '--data-dir', member(0).dataDir)).out).verdict, 'ok');
});

test('DR-6 DR-7 nobody is reached; addresses by hand are refused, wrong, of another team; the right one reaches', TIMEOUT, async () => {
  const gone = member(1);
  await gone.kill();
  await until('it is said', async () => idsOf(await doctor(member(0))).includes('nobody-reached'), 60_000);
  await until('the dial was refused', async () => idsOf(await doctor(member(0))).includes('dial-refused'), 60_000);
  const report = await doctor(member(0));
  assert.equal(report.verdict, 'problem');
  assert.ok(idsOf(report).includes('mdns-off'));
  assert.match(JSON.stringify(report.findings), /m2: last heard \d+ (s|min) ago; is not listening/);
  assert.equal((await run('doctor', '--data-dir', member(0).dataDir)).code, 4);

  const nowhere = `127.0.0.1:${await freePort()}`;
  const refused = await dial(member(0), nowhere);
  assert.deepEqual([refused.outcome, refused.kept, refused.member], ['refused', true, null]);
  const stranger = await startMember(join(dir, 'stranger'), 'stranger', ['--create-team', 'Other', '--partitions', '8']);
  others.push(stranger);
  const turned = await dial(member(0), `127.0.0.1:${portOf(stranger)}`);
  assert.deepEqual([turned.outcome, turned.kept], ['turned-away', false]);
  assert.match(turned.words, /another team/);
  await until('the other team has heard it', async () => idsOf(await doctor(stranger)).includes('other-team'));
  assert.equal((await dial(member(0), `127.0.0.1:${portOf(member(0))}`)).outcome, 'self');

  // Both come back where the other does not look: without mDNS nothing brings them together.
  await member(0).stop();
  members[0] = await startMember(member(0).dataDir, 'm1');
  const back = await startMember(gone.dataDir, 'm2');
  members[1] = back;
  await until('neither finds the other', async () => idsOf(await doctor(back)).includes('nobody-reached'), 60_000);
  const reached = await dial(member(0), plain(back.listen[0]));
  assert.deepEqual([reached.outcome, reached.memberName, reached.kept], ['reached', 'm2', true]);
  await until('all is well again', async () => idsOf(await doctor(member(0))).includes('all-well'));

  const { keptAddresses } = (await doctor(member(0))).facts as DoctorFacts;
  assert.equal(keptAddresses.length, 2);
  const forgotten = await member(0).ask('POST', '/v1/dial/forget', { body: JSON.stringify({ address: nowhere }) });
  assert.deepEqual(forgotten.json(), { keptAddresses: [plain(back.listen[0])] });
  const dataDir = member(0).dataDir;
  await member(0).stop();
  members[0] = await startMember(dataDir, 'm1');
  assert.deepEqual(((await doctor(member(0))).facts as DoctorFacts).keptAddresses, [plain(back.listen[0])], 'also after a start');
  const cli = await run('dial', plain(back.listen[0]), '--data-dir', dataDir);
  assert.equal(cli.code, 0, cli.out);
  for (const address of ['', 'desk', '0.0.0.0:1', '/ip4/127.0.0.1/udp/1']) {
    assert.equal((await member(0).ask('POST', '/v1/dial', { body: JSON.stringify({ address }) })).status, 400, address);
  }
});

test('DR-8 without a member it says what the folder shows, and exits 5', TIMEOUT, async () => {
  const idsOn = async (dataDir: string): Promise<readonly string[]> => {
    const { code, out } = await run('doctor', '--json', '--data-dir', dataDir);
    assert.equal(code, 5);
    return idsOf(JSON.parse(out) as DoctorReport);
  };
  assert.deepEqual(await idsOn(join(dir, 'nothing-here')), ['folder-missing', 'not-running']);
  const stopped = member(1);
  stopped.child.kill('SIGSTOP');
  assert.deepEqual(await idsOn(stopped.dataDir), ['member-silent']);
  stopped.child.kill('SIGCONT');
  await stopped.kill();
  assert.deepEqual(await idsOn(stopped.dataDir), ['not-running']);
  const without = await startMember(join(dir, 'no-team'), 'none');
  others.push(without);
  const report = await doctor(without);
  assert.deepEqual([report.verdict, idsOf(report)], ['ok', ['all-well', 'no-team']]);
  assert.equal((await without.ask('POST', '/v1/dial', { body: JSON.stringify({ address: '127.0.0.1:1' }) })).json().code, 'NO_TEAM');
});
