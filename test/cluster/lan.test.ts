/**
 * Three members on one LAN, each in a network namespace of its own: found again by mDNS alone after
 * every address changed, one killed, one cut off while both sides edit the same record.
 */
import assert from 'node:assert/strict';
import { join } from 'node:path';
import { after, before, describe, test } from 'node:test';
import { provideNamespaces } from '../provide/index.ts';
import { removeDir, startMemberIn, temporaryDir, until, type Answer, type SeatedMember } from './member-harness.ts';
import { NamespaceLab } from './namespace-lab.ts';
import { allSeeAll, copyAt, joinTeamIn, timed } from './team-steps.ts';

const NAMES = ['m1', 'm2', 'm3'] as const;
type Name = (typeof NAMES)[number];
const ONE_REQUEST_MAX_MS = 2_000;
/** Pings close a silent connection within about 4 s. */
const TRIES_MAX = 3;
const CUT_MS = 6_000;
const KEYS = '/v1/buckets/b/keys';
const JSON_ACCEPT = { accept: 'application/json' };

let dir: string;
let lab: NamespaceLab | undefined;
const members = new Map<Name, SeatedMember>();
const of = (name: Name): SeatedMember => members.get(name) ?? assert.fail(`${name} does not run`);
const all = (): SeatedMember[] => NAMES.map(of);

before(async () => {
  await provideNamespaces();
  dir = await temporaryDir();
  lab = new NamespaceLab(NAMES.map((name) => ({ name, subnet: 0 })));
  const seats = NAMES.map((name) => ({ name, prefix: lab?.prefix(name) ?? [] }));
  for (const [index, member] of (await joinTeamIn(dir, seats, ['--no-dht'])).entries()) members.set(NAMES[index] ?? 'm1', member);
}, { timeout: 300_000 });
after(async () => {
  await Promise.all([...members.values()].map((member) => member.kill()));
  lab?.destroy();
  await removeDir(dir);
});

describe('a team on a LAN', { timeout: 300_000 }, () => {
  test('all restarted under new addresses, they find each other by mDNS alone', async () => {
    const old = all().flatMap(({ listen }) => listen);
    assert.deepEqual(await Promise.all(all().map((member) => member.stop())), [0, 0, 0]);
    for (const name of NAMES) lab?.readdress(name);
    await Promise.all(NAMES.map(begin));
    assert.ok(all().every(({ listen }) => listen.length > 0 && listen.every((address) => !old.includes(address))));
    await allSeeAll(all());
    const written = await of('m1').ask('PUT', `${KEYS}/found?w=all`, { body: 'by mDNS' });
    assert.deepEqual([written.status, written.json().acks], [200, 3], written.text);
    for (const member of all()) assert.equal((await member.ask('GET', `${KEYS}/found`)).text, 'by mDNS');
  });

  test('one killed: writes go on within 2 s; restarted, it gets them without a read', async () => {
    await of('m3').kill();
    for (let round = 0; round < 5; round += 1) {
      const writer = of(round % 2 === 0 ? 'm1' : 'm2');
      const { answer, tookMs } = await timed(() => writer.ask('PUT', `${KEYS}/away-${round}`, { body: `${round}` }));
      assert.equal(answer.status, 200, answer.text);
      assert.ok(tookMs < ONE_REQUEST_MAX_MS, `write ${round} took ${tookMs} ms`);
    }
    await begin('m3');
    for (let round = 0; round < 5; round += 1) {
      await until(`m3 keeps away-${round}`, async () => (await copyAt(of('m1'), of('m3').memberId, `${KEYS}/away-${round}`)) === 1);
    }
    await allSeeAll(all());
  });

  test('cut off, both sides edit one record: both are kept, shown with their base, and merged', async () => {
    const first = await of('m1').ask('PUT', `${KEYS}/plan?w=all`, { body: 'base' });
    const context: string = first.json().context;
    const edit = (name: Name) =>
      timed(() => of(name).ask('PUT', `${KEYS}/plan?w=any`, { body: `${name}'s`, headers: { 'x-causal-context': context } }));
    lab?.cut('m3');
    try {
      for (const { answer, tookMs } of await Promise.all([edit('m1'), edit('m3')])) {
        assert.ok([200, 202].includes(answer.status), answer.text);
        assert.ok(tookMs < ONE_REQUEST_MAX_MS, `the edit took ${tookMs} ms`);
      }
      // Past what a connection survives: they have to find each other again, not just resend.
      await until('m1 and m3 miss each other', async () => {
        const silentMs = await Promise.all([silenceOf(of('m1'), of('m3')), silenceOf(of('m3'), of('m1'))]);
        return silentMs.every((ms) => ms > CUT_MS);
      });
      assert.equal((await of('m2').ask('GET', `${KEYS}/plan?r=one`)).text, "m1's");
    } finally {
      lab?.heal('m3');
    }
    await until('the conflict is listed at each', async () => {
      const lists = await Promise.all(all().map((member) => member.ask('GET', '/v1/conflicts?bucket=b')));
      return lists.every((list) => list.json().conflicts.some((row: { key: string }) => row.key === 'plan'));
    }, 40_000);
    await allSeeAll(all());
    for (const member of all()) {
      const shown = await member.ask('GET', `${KEYS}/plan`, { headers: JSON_ACCEPT });
      assert.equal(shown.status, 300);
      const { siblings, base } = shown.json();
      assert.deepEqual(siblings.map((sibling: { value: string }) => sibling.value).sort(), ["m1's", "m3's"]);
      assert.equal(base?.value, 'base', JSON.stringify(base));
    }
    const seen: string = (await of('m2').ask('GET', `${KEYS}/plan`)).json().context;
    const merge = () => of('m2').ask('PUT', `${KEYS}/plan?w=all`, { body: 'both', headers: { 'x-causal-context': seen, 'idempotency-key': 'merge' } });
    let merged = await merge();
    // Of two connections that both sides made at once one may end just now: people try again.
    for (let tries = 1; tries < TRIES_MAX && merged.status === 503; tries += 1) merged = await merge();
    assert.deepEqual([merged.status, merged.json().siblings], [200, 1], merged.text);
    const answers = await Promise.all(all().map((member) => member.ask('GET', `${KEYS}/plan`)));
    assert.deepEqual(answers.map(essence), answers.map(() => essence(answers[0] as Answer)));
    assert.equal(answers[0]?.text, 'both');
    for (const member of all()) assert.deepEqual((await member.ask('GET', '/v1/conflicts?bucket=b')).json().conflicts, []);
  });
});

async function begin(name: Name): Promise<void> {
  members.set(name, await startMemberIn(lab?.prefix(name) ?? [], join(dir, name), name, ['--no-dht']));
}

async function silenceOf(asked: SeatedMember, about: SeatedMember): Promise<number> {
  const rows: { memberId: string; lastHeardMs: number | null }[] = (await asked.ask('GET', '/v1/members')).json();
  return rows.find(({ memberId }) => memberId === about.memberId)?.lastHeardMs ?? 0;
}

/** What has to be the same wherever it is asked. */
function essence({ status, headers, text }: Answer): object {
  return { status, text, context: headers['x-causal-context'], etag: headers.etag, type: headers['content-type'], by: headers['x-written-by'] };
}
