/**
 * Two subnets with a router between them, no mDNS: who moved is found again through one member
 * whose address is known. Restarted members tell their new addresses in their own signed records,
 * so gossip finds them; members that moved while running are found by the DHT.
 */
import assert from 'node:assert/strict';
import { join } from 'node:path';
import { after, before, describe, test } from 'node:test';
import { provideNamespaces } from '../provide/index.ts';
import { removeDir, startMemberIn, temporaryDir, until, type SeatedMember } from './member-harness.ts';
import { NamespaceLab } from './namespace-lab.ts';
import { allSeeAll, joinTeamIn } from './team-steps.ts';

const NAMES = ['m1', 'm2', 'm3'] as const;
const FOUND_BY_DHT = 'The DHT knows where this member is now.';
const PORT = 4_700;
const LISTEN = ['--no-mdns', '--listen', `/ip4/0.0.0.0/tcp/${PORT}`];

let dir: string;
let lab: NamespaceLab;
let members: SeatedMember[] = [];

before(async () => {
  await provideNamespaces();
  dir = await temporaryDir();
  lab = new NamespaceLab(NAMES.map((name) => ({ name, subnet: name === 'm3' ? 1 : 0 })));
  members = await joinTeamIn(dir, NAMES.map((name) => ({ name, prefix: lab.prefix(name) })), LISTEN);
}, { timeout: 60_000 });
after(async () => {
  await Promise.all(members.map((member) => member.kill()));
  lab?.destroy();
  await removeDir(dir);
});

describe('a team over two subnets', { timeout: 120_000 }, () => {
  test('moved while running, two members find each other through the DHT of the third', async () => {
    const [, second, third] = members as [SeatedMember, SeatedMember, SeatedMember];
    const moved = [lab.readdress('m2'), lab.readdress('m3')];
    const foundBy = () => [second, third].filter((member) => member.log().includes(FOUND_BY_DHT));
    await until('one of them asks the DHT and gets an answer', () => Promise.resolve(foundBy().length > 0), 60_000);
    await allSeeAll(members, 60_000);
    const line = foundBy()[0]?.log().split('\n').findLast((text) => text.includes(FOUND_BY_DHT)) ?? '';
    assert.ok(moved.some((address) => line.includes(`/ip4/${address}/tcp/${PORT}/`)), line);
    await writeToAll('moved');
  });

  test('all restarted under other addresses, they need one address of one member', async () => {
    assert.deepEqual(await Promise.all(members.map((member) => member.stop())), [0, 0, 0]);
    const hub = lab.readdress('m1');
    const peer = ['--peer', `/ip4/${hub}/tcp/${PORT}`];
    lab.readdress('m2');
    lab.readdress('m3');
    members = await Promise.all(NAMES.map((name) =>
      startMemberIn(lab.prefix(name), join(dir, name), name, name === 'm1' ? LISTEN : [...LISTEN, ...peer])));
    await allSeeAll(members, 30_000);
    await writeToAll('restarted');
  });
});

async function writeToAll(key: string): Promise<void> {
  const [, second, third] = members as [SeatedMember, SeatedMember, SeatedMember];
  const written = await third.ask('PUT', `/v1/buckets/b/keys/${key}?w=all`, { body: key });
  assert.deepEqual([written.status, written.json().acks], [200, 3], written.text);
  assert.equal((await second.ask('GET', `/v1/buckets/b/keys/${key}`)).text, key);
}
