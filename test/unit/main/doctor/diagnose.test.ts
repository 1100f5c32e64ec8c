/** DR: each finding from the facts that it follows from, and from no others. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { diagnose } from '../../../../main/doctor/diagnose.ts';
import type { DialOutcome, DoctorFacts } from '../../../../main/doctor/facts.ts';
import { reportOf, type Finding, type Severity } from '../../../../main/doctor/report.ts';
import { answerWords, listed, span } from '../../../../main/doctor/words.ts';
import { apart, changed, dialFact, memberFact, WELL } from './support.ts';

const ALL = ['ben', 'cleo'];
const found = (facts: DoctorFacts, id: string): Finding | undefined => diagnose(facts).find((finding) => finding.id === id);
const text = (finding: Finding | undefined): string => JSON.stringify(finding);
const member = (id: string, over: object = {}) => WELL.members.map((one) => (one.memberId === id ? { ...one, ...over } : one));

interface Case {
  readonly facts: DoctorFacts;
  readonly id: string;
  readonly severity: Severity;
  readonly layer: Finding['layer'];
  /** Words that the person needs to see. */
  readonly says: RegExp;
}

const wifi = (address: string) => [{ name: 'wlan0', address, prefix: 24, internal: false }];
const tunnel = { name: 'wg0', address: '10.8.0.2', prefix: 24, internal: false };
const nobody = apart(ALL, 'timed-out');

const CASES: readonly Case[] = [
  { facts: WELL, id: 'all-well', severity: 'ok', layer: 'team', says: /2 of 2 other devices are reached/ },
  { facts: changed({ team: null, members: [], listen: [] }), id: 'no-team', severity: 'note', layer: 'team', says: /no team yet/ },
  { facts: changed({ team: { standing: 'removed', removedBy: 'Ben' } }), id: 'removed', severity: 'problem', layer: 'team', says: /by Ben/ },
  { facts: changed({ members: WELL.members.slice(0, 1) }), id: 'alone', severity: 'note', layer: 'team', says: /Invite another/ },
  { facts: changed({ quarantine: 'A copy runs.' }), id: 'quarantined', severity: 'problem', layer: 'folder', says: /A copy runs\.[^]*new-identity/ },
  { facts: nobody, id: 'nobody-reached', severity: 'problem', layer: 'network', says: /BEN: last heard 5 min ago; did not answer in time/ },
  { facts: apart(ALL, 'timed-out', {}, { sinceMs: 4_000 }), id: 'looking', severity: 'note', layer: 'network', says: /4 s ago/ },
  { facts: apart(ALL, 'refused'), id: 'dial-refused', severity: 'warning', layer: 'address', says: /BEN and CLEO[^]*192\.168\.1\.20[^]*port has changed/ },
  { facts: nobody, id: 'dial-timed-out', severity: 'warning', layer: 'firewall', says: /firewall[^]*AP isolation/ },
  { facts: apart(ALL, 'unreachable'), id: 'dial-unreachable', severity: 'warning', layer: 'network', says: /No way leads/ },
  { facts: apart(ALL, 'other-peer'), id: 'dial-other-peer', severity: 'warning', layer: 'address', says: /Somebody else/ },
  { facts: apart(ALL, 'turned-away'), id: 'dial-turned-away', severity: 'warning', layer: 'admission', says: /still a member/ },
  { facts: apart(ALL, 'knocking'), id: 'dial-silent', severity: 'warning', layer: 'process', says: /may hang/ },
  { facts: apart(ALL, 'refused', {}, { mdns: { on: false, heard: 0, lastAgoMs: null } }), id: 'mdns-off', severity: 'warning', layer: 'mdns', says: /--no-mdns/ },
  { facts: changed({}, { mdns: { on: false, heard: 0, lastAgoMs: null } }), id: 'mdns-off', severity: 'note', layer: 'mdns', says: /--no-mdns/ },
  { facts: apart(ALL, 'refused', {}, { mdns: { on: true, heard: 0, lastAgoMs: null } }), id: 'mdns-silent', severity: 'warning', layer: 'mdns', says: /5353[^]*AP isolation/ },
  { facts: changed({}, { mdns: { on: true, heard: 1, lastAgoMs: 90_000 } }), id: 'mdns-silent', severity: 'note', layer: 'mdns', says: /2 min ago/ },
  { facts: nobody, id: 'heard-not-connected', severity: 'warning', layer: 'firewall', says: /2 devices of the team were heard/ },
  { facts: changed({ ...nobody, interfaces: wifi('10.0.0.7') }), id: 'other-network', severity: 'warning', layer: 'network', says: /last at 192\.168\.1\.13/ },
  { facts: changed({ ...nobody, interfaces: [...wifi('10.0.0.7'), tunnel] }), id: 'vpn', severity: 'warning', layer: 'vpn', says: /tunnel is up here: wg0/ },
  { facts: apart(['cleo'], 'timed-out'), id: 'away', severity: 'note', layer: 'network', says: /CLEO is away[^]*kept for it/ },
  { facts: apart(['cleo'], 'timed-out', { lastHeardMs: 3_000 }), id: 'not-reached-from-here', severity: 'warning', layer: 'firewall', says: /heard of it just now/ },
  { facts: apart(ALL, 'turned-away', {}, { refusals: [{ member: 'ben', reason: 'removed', agoMs: 1 }] }), id: 'refused-as-removed', severity: 'problem', layer: 'admission', says: /BEN refuses[^]*new invitation/ },
  { facts: apart(['ben'], 'turned-away', {}, { refusals: [{ member: 'ben', reason: 'copy', agoMs: 1 }] }), id: 'refused-as-copy', severity: 'problem', layer: 'admission', says: /run twice/ },
  { facts: changed({}, { otherTeams: { devices: 1, lastAgoMs: 5_000 } }), id: 'other-team', severity: 'note', layer: 'admission', says: /1 device of another team/ },
  { facts: apart(ALL, 'refused', {}, { otherTeams: { devices: 2, lastAgoMs: 5_000 } }), id: 'other-team', severity: 'warning', layer: 'admission', says: /2 devices of another team/ },
  { facts: changed({}, { dials: [dialFact(null, 'turned-away', { byHand: true })] }), id: 'address-by-hand', severity: 'warning', layer: 'address', says: /does not let this device in[^]*--forget/ },
  { facts: changed({}, { dials: [dialFact(null, 'refused', { byHand: true })] }), id: 'address-by-hand', severity: 'note', layer: 'address', says: /refused/ },
  { facts: changed({ members: member('ben', { clockOffsetMs: 180_000 }) }), id: 'clock-off', severity: 'warning', layer: 'clock', says: /The clock of BEN is wrong[^]*3 min ahead/ },
  { facts: changed({ members: WELL.members.map((one) => ({ ...one, clockOffsetMs: -7_200_000 })) }), id: 'own-clock-off', severity: 'warning', layer: 'clock', says: /this device is 2 h ahead/ },
  { facts: changed({ members: [WELL.members[0] ?? assert.fail(), memberFact('ben', { clockOffsetMs: -90_000 })] }), id: 'clock-off', severity: 'warning', layer: 'clock', says: /differ by 2 min/ },
  { facts: changed({ disk: { readOnly: 'No space left.', corruptRecords: 0, refusedRecords: 0, freeBytes: 1_000 } }), id: 'disk-full', severity: 'problem', layer: 'disk', says: /0 MB are left/ },
  { facts: changed({ disk: { readOnly: 'It refuses.', corruptRecords: 0, refusedRecords: 0, freeBytes: null } }), id: 'read-only', severity: 'problem', layer: 'disk', says: /It refuses/ },
  { facts: changed({ disk: { readOnly: null, corruptRecords: 0, refusedRecords: 0, freeBytes: 90_000_000 } }), id: 'disk-low', severity: 'warning', layer: 'disk', says: /90 MB/ },
  { facts: changed({ disk: { readOnly: null, corruptRecords: 5, refusedRecords: 2, freeBytes: null } }), id: 'damaged-records', severity: 'warning', layer: 'disk', says: /2 records[^]*nobody who is reached/ },
  { facts: changed({ disk: { readOnly: null, corruptRecords: 1, refusedRecords: 0, freeBytes: null } }), id: 'mended-records', severity: 'note', layer: 'disk', says: /1 row on this disk was found damaged/ },
  { facts: changed({ team: { standing: 'joining', removedBy: null }, sync: { owed: 40, keysMoved: 7 } }), id: 'first-sync', severity: 'note', layer: 'sync', says: /40 partitions to fetch, 7 keys/ },
  { facts: changed({ sync: { owed: 3, keysMoved: 7 } }), id: 'fetching', severity: 'note', layer: 'sync', says: /3 partitions/ },
  { facts: changed({ team: { standing: 'leaving', removedBy: null } }), id: 'leaving', severity: 'note', layer: 'sync', says: /hands over/ },
  { facts: changed({ listen: ['/ip4/127.0.0.1/tcp/1'] }), id: 'loopback-only', severity: 'note', layer: 'address', says: /0\.0\.0\.0/ },
  { facts: { ...nobody, listen: ['/ip4/127.0.0.1/tcp/1'] }, id: 'loopback-only', severity: 'warning', layer: 'address', says: /127\.0\.0\.1/ },
  { facts: { ...nobody, listen: [] }, id: 'not-listening', severity: 'problem', layer: 'address', says: /listens nowhere/ },
  { facts: { ...nobody, interfaces: [] }, id: 'no-network', severity: 'problem', layer: 'network', says: /no network/ },
  { facts: changed({ members: member('ben', { release: '0.2.0' }) }), id: 'other-release', severity: 'note', layer: 'release', says: /BEN runs 0\.2\.0, this device 0\.1\.0/ },
];

test('DR-1 each finding follows from its facts, with its layer, how it is seen and what to do', () => {
  for (const { facts, id, severity, layer, says } of CASES) {
    const finding = found(facts, id);
    assert.ok(finding !== undefined, `${id} in ${diagnose(facts).map((one) => one.id).join()}`);
    assert.deepEqual([finding.severity, finding.layer], [severity, layer], id);
    assert.match(text(finding), says, id);
    if (id !== 'all-well') assert.ok(finding.todo.length > 0, `${id} says what to do`);
  }
});

test('DR-1 what is well has no finding but that', () => {
  assert.deepEqual(diagnose(WELL).map(({ id }) => id), ['all-well']);
  for (const { id } of CASES.filter((one) => one.id !== 'all-well')) assert.equal(found(WELL, id), undefined, id);
});

test('DR-2 the gravest comes first, and gives the report its verdict and its summary', () => {
  const facts = { ...nobody, disk: { readOnly: null, corruptRecords: 1, refusedRecords: 1, freeBytes: null } };
  const findings = diagnose(facts);
  const gravity = findings.map(({ severity }) => ['problem', 'warning', 'ok', 'note'].indexOf(severity));
  assert.deepEqual(gravity, gravity.toSorted());
  const report = reportOf(findings, facts, 'now');
  assert.deepEqual([report.verdict, report.summary], ['problem', 'No other device of the team is reached']);
  const two = { ...nobody, listen: [] };
  assert.match(reportOf(diagnose(two), two, '').summary, /^This device listens nowhere, and 1 more$/);
  assert.equal(reportOf(diagnose(WELL), WELL, '').verdict, 'ok');
});

test('DR-2 who is away while others are reached is nobody’s problem; who refuses is', () => {
  const away = diagnose(apart(['cleo'], 'timed-out'));
  assert.ok(away.every(({ severity }) => severity === 'note' || severity === 'ok'));
  assert.equal(found(apart(['cleo'], 'timed-out'), 'nobody-reached'), undefined);
  assert.equal(found(apart(['ben'], 'turned-away', {}, { refusals: [{ member: 'ben', reason: 'copy', agoMs: 1 }] }), 'away'), undefined, 'said once');
});

test('DR-1 what is as old as the start is no sign of life', () => {
  const seen = (lastHeardMs: number | null) => found(apart(ALL, 'refused', { lastHeardMs }), 'nobody-reached')?.seen[0];
  assert.match(seen(600_050) ?? '', /^BEN: not heard since the start; is not listening/);
  assert.match(seen(590_000) ?? '', /^BEN: last heard 10 min ago; /);
  assert.match(seen(null) ?? '', /^BEN: not heard of yet; /);
});

test('DR-2 it is never well while others are still looked for', () => {
  assert.deepEqual(diagnose(apart(ALL, undefined, {}, { sinceMs: 100, dials: [] })).map(({ id }) => id), ['looking']);
});

test('DR-1 clocks: a minute is let pass, and one other that is wrong is told from oneself', () => {
  const offs = (...all: (number | null)[]) => changed({ members: [WELL.members[0] ?? assert.fail(), ...all.map((clockOffsetMs, at) => memberFact(`m${at}`, { clockOffsetMs }))] });
  assert.deepEqual([60_000, -60_000, null].map((off) => diagnose(offs(off)).map(({ id }) => id).join()), ['all-well', 'all-well', 'all-well']);
  const idOf = (...all: (number | null)[]) => diagnose(offs(...all)).find(({ layer }) => layer === 'clock')?.id;
  assert.equal(idOf(90_000, 100_000), 'own-clock-off');
  assert.equal(idOf(90_000, -90_000), 'clock-off');
  assert.equal(idOf(90_000, 0, 0), 'clock-off');
  assert.equal(idOf(90_000, null), 'clock-off');
});

test('DR-1 words: lists, spans, and an answer to every outcome of a dial', () => {
  assert.deepEqual([listed([]), listed(['a']), listed(['a', 'b']), listed(['a', 'b', 'c', 'd', 'e', 'f'])], ['', 'a', 'a and b', 'a, b, c, d and 2 more']);
  assert.deepEqual([0, 59_000, -120_000, 7_200_000, 3 * 86_400_000].map(span), ['0 s', '59 s', '2 min', '2 h', '3 days']);
  const outcomes: readonly DialOutcome[] = ['reached', 'turned-away', 'refused', 'timed-out', 'other-peer'];
  assert.equal(new Set(outcomes.map(answerWords)).size, outcomes.length);
});

test('DR-12 members of one machine id at addresses that have nothing in common are told of: they are one copy', () => {
  const twins = (ben: readonly string[], cleo: readonly string[], machine = 'pc') =>
    changed({ members: [memberFact('ada', { self: true }), memberFact('ben', { machine: 'pc', addresses: ben }), memberFact('cleo', { machine, addresses: cleo })] });
  const isTold = (facts: DoctorFacts): boolean => diagnose(facts).some(({ id, severity }) => id === 'same-machine' && severity === 'warning');
  const [here, there, loopback] = ['/ip4/192.168.1.20/tcp/4001', '/ip4/192.168.1.21/tcp/4001', '/ip4/127.0.0.1/tcp/4001'];
  assert.equal(isTold(twins([here, loopback], [there, loopback])), true);
  assert.equal(isTold(twins([here, loopback], [there, loopback], 'other')), false, 'two machines');
  assert.equal(isTold(twins([here], ['/ip4/192.168.1.20/tcp/4002', '/ip6/fe80::1/tcp/4002'])), false, 'two members on one machine');
  assert.equal(isTold(twins([here], [loopback])), false, 'nobody knows');
  const left = twins([here], [there]);
  assert.equal(isTold({ ...left, members: left.members.map((member) => (member.memberId === 'ben' ? { ...member, status: 'left' } : member)) }), false);
});
