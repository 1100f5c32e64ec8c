/**
 * Two subnets with a router between them, no mDNS: who moved is found again through one member
 * whose address is known. Everybody notices a new address of its own and says so in its signed
 * record, which comes by way of the third; until it is there, the DHT knows. With the DHT any of the
 * two ways may be first. That it works alone, with a record that stays wrong, is asserted on hosts
 * (`test/unit/p2p/libp2p/host.test.ts`); here the records have to do without it.
 */
import assert from 'node:assert/strict';
import { join } from 'node:path';
import { after, before, describe, test } from 'node:test';
import { provideNamespaces } from '../provide/index.ts';
import { removeDir, startMemberIn, temporaryDir, until, type SeatedMember } from './member-harness.ts';
import { NamespaceLab } from './namespace-lab.ts';
import { allSeeAll, joinTeamIn } from './team-steps.ts';

const NAMES = ['m1', 'm2', 'm3'] as const;
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
}, { timeout: 300_000 });
after(async () => {
  await Promise.all(members.map((member) => member.kill()));
  lab?.destroy();
  await removeDir(dir);
});

describe('a team over two subnets', { timeout: 300_000 }, () => {
  test('moved while running, two members find each other though each knows an old address of the other', async () => {
    await moveBoth('moved');
  });

  test('all restarted under other addresses, they need one address of one member', async () => {
    assert.deepEqual(await Promise.all(members.map((member) => member.stop())), [0, 0, 0]);
    const hub = lab.readdress('m1');
    const peer = ['--peer', `/ip4/${hub}/tcp/${PORT}`];
    lab.readdress('m2');
    lab.readdress('m3');
    const listen = [...LISTEN, '--no-dht'];
    members = await Promise.all(NAMES.map((name) =>
      startMemberIn(lab.prefix(name), join(dir, name), name, name === 'm1' ? listen : [...listen, ...peer])));
    await allSeeAll(members, 30_000);
    await writeToAll('restarted');
  });

  test('without the DHT, members that moved while running are found by what their records say now', async () => {
    await moveBoth('moved without DHT');
  });
});

/** Both at the same time, and both are seen where they are now. */
async function moveBoth(key: string): Promise<void> {
  const [first, second, third] = members as [SeatedMember, SeatedMember, SeatedMember];
  const moved = new Map([[second.memberId, lab.readdress('m2')], [third.memberId, lab.readdress('m3')]]);
  await until('all are seen at their new addresses', async () => {
    for (const member of [first, second, third]) {
      const known: { memberId: string; self: boolean; address: string | null }[] = (await member.ask('GET', '/v1/members')).json();
      if (!known.every(({ memberId, self, address }) => self || (address ?? '').includes(`/${moved.get(memberId) ?? 'ip4'}/`))) return false;
    }
    return true;
  }, 90_000);
  await allSeeAll(members, 60_000);
  await writeToAll(encodeURIComponent(key));
}

async function writeToAll(key: string): Promise<void> {
  const [, second, third] = members as [SeatedMember, SeatedMember, SeatedMember];
  const written = await third.ask('PUT', `/v1/buckets/b/keys/${key}?w=all`, { body: key });
  assert.deepEqual([written.status, written.json().acks], [200, 3], written.text);
  assert.equal((await second.ask('GET', `/v1/buckets/b/keys/${key}`)).text, key);
}
