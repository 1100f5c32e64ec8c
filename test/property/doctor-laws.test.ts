/** DR: no facts, however odd, crash the doctor or make it call well what is not. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { diagnose } from '../../main/doctor/diagnose.ts';
import type { DialFact, DoctorFacts, FolderFacts, InterfaceFact, MemberFact, NetworkFacts } from '../../main/doctor/facts.ts';
import { folderFindings } from '../../main/doctor/folder-findings.ts';
import { isFine, reportOf, type Finding } from '../../main/doctor/report.ts';

const ms = fc.oneof(fc.nat(120_000), fc.double({ noNaN: true }), fc.constantFrom(0, 1e308, -1e308));
const name = fc.oneof(fc.constantFrom('ben', 'cleo', '__proto__', ''), fc.string());
const address = fc.oneof(fc.constantFrom('/ip4/192.168.1.4/tcp/1', '/ip6/fe80::1/tcp/2', '/ip4/127.0.0.1/tcp/3', '/dns/x/tcp/4', '/ip4/999.1.1.1/tcp/1'), fc.string());
const orNull = <T>(some: fc.Arbitrary<T>) => fc.option(some, { nil: null });
const plain = { noNullPrototype: true } as const;
const status = fc.constantFrom('joining', 'up', 'leaving', 'left', 'removed');

const memberFact: fc.Arbitrary<MemberFact> = fc.record({
  memberId: name, name, self: fc.boolean(), machine: fc.constantFrom('m', 'n'), status, liveness: fc.constantFrom('alive', 'suspect', 'down'), lastHeardMs: orNull(ms),
  addresses: fc.array(address, { maxLength: 3 }), roundTripMs: orNull(ms), clockOffsetMs: orNull(ms), release: orNull(name),
}, plain);
const outcome = fc.constantFrom<DialFact['outcome']>('reached', 'knocking', 'turned-away', 'silent', 'other-peer', 'not-ringleaf', 'self', 'refused', 'unreachable', 'no-such-name', 'timed-out', 'no-address', 'failed');
const network: fc.Arbitrary<NetworkFacts> = fc.record({
  sinceMs: ms,
  mdns: fc.record({ on: fc.boolean(), heard: fc.nat(), lastAgoMs: orNull(ms) }, plain),
  dials: fc.array(fc.record({ member: orNull(name), addresses: fc.array(address, { maxLength: 3 }), byHand: fc.boolean(), outcome, failures: fc.nat(5), agoMs: ms }, plain), { maxLength: 6 }),
  refusals: fc.array(fc.record({ member: name, reason: fc.constantFrom('removed', 'copy'), agoMs: ms }, plain), { maxLength: 3 }),
  otherTeams: fc.record({ devices: fc.nat(3), lastAgoMs: orNull(ms) }, plain),
}, plain);
const iface: fc.Arbitrary<InterfaceFact> = fc.record({ name: fc.oneof(fc.constantFrom('wlan0', 'tun0'), fc.string()), address: fc.oneof(fc.ipV4(), fc.ipV6(), fc.string()), prefix: fc.oneof(fc.integer({ min: -1, max: 200 }), fc.double()), internal: fc.boolean() }, plain);
const facts: fc.Arbitrary<DoctorFacts> = fc.record({
  release: name,
  team: orNull(fc.record({ standing: status, removedBy: orNull(name) }, plain)),
  quarantine: orNull(name),
  interfaces: fc.array(iface, { maxLength: 4 }),
  listen: fc.array(address, { maxLength: 3 }),
  keptAddresses: fc.array(address, { maxLength: 2 }),
  members: fc.array(memberFact, { maxLength: 5 }),
  network: orNull(network),
  disk: fc.record({ readOnly: orNull(name), corruptRecords: fc.nat(3), refusedRecords: fc.nat(3), freeBytes: orNull(ms) }, plain),
  sync: fc.record({ owed: fc.nat(9), keysMoved: fc.nat(9) }, plain),
}, plain);

function assertSound(findings: readonly Finding[]): void {
  assert.ok(findings.length > 0);
  assert.equal(new Set(findings.map(({ id }) => id)).size, findings.length, 'each once');
  for (const { id, title, seen, todo } of findings) {
    for (const words of [title, ...seen, ...todo]) assert.doesNotMatch(words.replaceAll(/\(.*?\)/g, ''), /undefined|NaN|\[object/, id);
  }
}

const readable = (some: DoctorFacts): boolean => !/undefined|NaN|\[object/.test(JSON.stringify(some));

test('DR-3 no facts crash it, and each finding is said once', () => {
  fc.assert(fc.property(facts.filter(readable), (some) => {
    const findings = diagnose(some);
    assertSound(findings);
    assert.ok(reportOf(findings, some, '').summary.length > 0);
  }), { numRuns: 1_000 });
});

test('DR-3 "nothing is wrong" is said only when nothing is', () => {
  fc.assert(fc.property(facts, (some) => {
    const findings = diagnose(some);
    if (!findings.some(({ id }) => id === 'all-well')) return;
    assert.ok(findings.every(({ severity }) => isFine(severity)));
    const { team, members, disk, quarantine, network: net } = some;
    assert.deepEqual([disk.readOnly, disk.refusedRecords, quarantine, team?.standing === 'removed'], [null, 0, null, false]);
    const others = members.filter((one) => !one.self && one.status !== 'left' && one.status !== 'removed');
    const isReached = others.length === 0 || others.some(({ liveness }) => liveness === 'alive');
    assert.ok(isReached || team === null || team.standing === 'left' || net === null);
    assert.ok(members.every((one) => one.self || Math.abs(one.clockOffsetMs ?? 0) <= 60_000));
  }), { numRuns: 2_000 });
});

const folderFacts: fc.Arbitrary<FolderFacts> = fc.record({
  dataDir: fc.constant('/somewhere'), folder: fc.constantFrom('there', 'missing', 'no-folder', 'denied', 'read-only'), freeBytes: orNull(ms),
  socket: fc.constantFrom('missing', 'nobody', 'denied', 'silent', 'too-long'), lock: fc.constantFrom('held', 'free', 'unknown'), lockedBy: orNull(fc.nat()), hasStore: fc.boolean(), keyBy: fc.constantFrom(null, 'passphrase', 'keychain'),
}, plain);

test('DR-3 without a member it always says why, and never that all is well', () => {
  fc.assert(fc.property(folderFacts, (some) => {
    const findings = folderFindings(some);
    assertSound(findings);
    assert.equal(reportOf(findings, some, '').verdict, 'problem');
  }));
});
