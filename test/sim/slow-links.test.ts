/** WR-8: a large object on a slow link is waited for while it gets on, and is not sent again meanwhile. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Message } from '../../p2p/wire/message.ts';
import { Lab } from './lab.ts';

const MIB = 1024 * 1024;
const BYTES = 3 * MIB;
/** It takes 48 seconds. */
const BYTES_A_SECOND = MIB / 16;

function isLarge(message: Message): boolean {
  if (message.kind === 'replicate') return message.object.length > BYTES;
  return message.kind === 'fetch-keys-reply' && message.objects.some(({ object }) => object.length > BYTES);
}

test('WR-8 what a member behind a slow link missed comes to it once by each way, however long it takes', () => {
  const lab = new Lab({ up: ['ada', 'ben', 'cleo'], config: { valueBytesMax: 2 * BYTES, objectBytesMax: 2 * BYTES } });
  lab.member('ben').crash();
  lab.until('it is known', () => lab.core('ada').liveness('ben') !== 'alive');
  assert.equal(lab.put('notes', 'large', 'x'.repeat(BYTES))?.kind, 'written');
  const came: string[] = [];
  lab.onMessage = (from, to, message) => {
    if (to === 'ben' && isLarge(message)) came.push(`${from} ${message.kind}`);
  };
  lab.network.slow('ben', BYTES_A_SECOND);
  lab.member('ben').start();
  lab.until('he has it', () => lab.difference() === undefined, 150_000);
  lab.run(300_000);
  const most = Math.max(...came.map((one) => came.filter((other) => other === one).length));
  assert.ok(most <= 2 && came.length <= 6, `a hint, and an exchange begun by either side: ${came.join(', ')}`);
});

test('TR-11 a large object that comes slowly to a member that joins is no standstill: nobody else sends it the same', () => {
  const lab = new Lab({ up: ['ada', 'ben', 'cleo'], buckets: { everywhere: 'all' }, config: { valueBytesMax: 2 * BYTES, objectBytesMax: 2 * BYTES } });
  assert.equal(lab.put('everywhere', 'large', 'x'.repeat(BYTES))?.kind, 'written');
  const came: string[] = [];
  lab.onMessage = (from, to, message) => {
    if (to === 'dan' && isLarge(message)) came.push(`${from} ${message.kind}`);
  };
  lab.network.slow('dan', BYTES_A_SECOND);
  lab.join('dan');
  lab.until('dan is up', () => lab.status('dan') === 'up', 300_000);
  lab.run(120_000);
  assert.equal(came.length, 1, came.join(', '));
});
