/** The driver over a real store: what kind of failure the engine is told of. */
import assert from 'node:assert/strict';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { systemClock, systemRandom } from '../../../../main/member/system-ports.ts';
import { EMPTY_CONTEXT } from '../../../../p2p/causality/causal-context.ts';
import { EMPTY_OBJECT, write } from '../../../../p2p/causality/key-object.ts';
import { decodeObject, encodeObject } from '../../../../p2p/causality/object-codec.ts';
import { DEFAULT_CONFIG } from '../../../../p2p/config.ts';
import { admitMember, signRecord } from '../../../../p2p/membership/admission.ts';
import { foundTeam } from '../../../../p2p/membership/team.ts';
import { Driver } from '../../../../p2p/node/driver.ts';
import { keyRef } from '../../../../p2p/ring/position.ts';
import { decodeMessage, encodeMessage } from '../../../../p2p/wire/codec.ts';
import type { Transport } from '../../../../p2p/ports.ts';
import type { Message } from '../../../../p2p/wire/message.ts';
import { openStore } from '../../../../storage/index.ts';
import { createLevel } from '../../../../storage/open-level.ts';
import { fakeSigner } from '../../../sim/fake-signer.ts';

const PARTITIONS = 32;
const REF = keyRef('b', 'k', PARTITIONS);

test('AE-8 a store that is out of file handles does not have its records written over', async () => {
  const root = await mkdtemp(join(tmpdir(), 'ringleaf-driver-'));
  let isOutOfHandles = false;
  const store = await openStore({
    dir: join(root, 'store'),
    createLevel: (dir) => {
      const level = createLevel(dir);
      const getSync = level.getSync.bind(level);
      const failing = (key: Buffer): Buffer | undefined => {
        if (isOutOfHandles) throw Object.assign(new Error('IO error: Too many open files'), { code: 'LEVEL_IO_ERROR' });
        return getSync(key);
      };
      return Object.assign(level, { getSync: failing });
    },
  });
  const team = foundTeam({ name: 'x', partitions: PARTITIONS, founder: 'ada', nonce: new Uint8Array(16) });
  const record = (member: string) =>
    signRecord(
      { member, incarnation: 1, status: 'up', name: member, machine: member, zone: undefined, weight: 1, addresses: [], admission: admitMember(team, fakeSigner('ada'), member, 0) },
      fakeSigner(member),
    );
  const clock = systemClock();
  const driver = await Driver.start({
    team, store, clock, random: systemRandom(), signer: fakeSigner('ada'), config: DEFAULT_CONFIG, setAside: () => undefined,
    profile: { name: 'ada', machine: 'ada', zone: undefined, weight: 1, admission: admitMember(team, fakeSigner('ada'), 'ada', 0), firstStatus: 'up', introduced: [record('ada'), record('ben')] },
  });
  let receive: (from: string, frame: Uint8Array) => void = () => undefined;
  let told: (message: Message) => void = () => undefined;
  const transport: Transport = {
    send: (_, __, frame) => told(decodeMessage(frame)),
    broadcast: () => undefined,
    drop: () => undefined,
    introduce: () => undefined,
    onPeer: (handler) => handler({ kind: 'connected', member: 'ben', address: 'x' }),
    onFrame: (handler) => {
      receive = handler;
    },
  };
  driver.attach(transport, []);
  const replicate = (actor: string, id: number): Promise<boolean> =>
    new Promise((resolve) => {
      told = (message) => {
        if (message.kind === 'replicate-reply' && message.id === id) resolve(message.durable);
      };
      const { object } = write(EMPTY_OBJECT, EMPTY_CONTEXT, { dot: { actor, counter: 1 }, value: new TextEncoder().encode(actor), contentType: 't', writtenBy: 'ben', writtenAt: 1, writeId: '' });
      receive('ben', encodeMessage({ kind: 'replicate', id, bucket: 'b', key: 'k', object: encodeObject(object), standsFor: undefined, asPrimary: false, horizon: 0 }));
    });
  try {
    assert.equal(await replicate('AAAAAAAAAAA', 1), true);
    isOutOfHandles = true;
    assert.equal(await replicate('BBBBBBBBBBB', 2), false);
    isOutOfHandles = false;
    assert.equal(driver.scrub().found, 0);
    assert.equal(store.counts().readOnly, undefined, 'nor does a read that fails close the store to writes');
    assert.equal(await replicate('CCCCCCCCCCC', 3), true);
    const kept = decodeObject((await store.read(REF)) ?? new Uint8Array()).siblings.map(({ dot }) => dot.actor);
    assert.deepEqual(kept.sort(), ['AAAAAAAAAAA', 'CCCCCCCCCCC']);
  } finally {
    driver.stop();
    clock.stop();
    await store.close();
    await rm(root, { recursive: true });
  }
});
