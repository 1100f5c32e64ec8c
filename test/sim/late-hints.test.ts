/** What a write keeps for others when its time is over, once a later write of its key is there. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { decodeObject } from '../../p2p/causality/object-codec.ts';
import type { Outcome } from '../../p2p/node/commands.ts';
import { keyRef } from '../../p2p/ring/position.ts';
import { Lab, PARTITIONS } from './lab.ts';

const KEY = { bucket: 'notes', key: 'k' };
const TIMEOUT_MS = 6_000;

test('HH-2 a write that settles late keeps for who missed it what is here by then, not what it wrote', () => {
  const lab = new Lab({ up: ['ada', 'ben', 'cleo'], config: { exchangeIntervalMs: 600_000 } });
  const { id } = keyRef(KEY.bucket, KEY.key, PARTITIONS);
  const hint = (): readonly string[] | undefined => {
    const kept = lab.member('ada').disk.hints.get('cleo')?.get(id);
    return kept && decodeObject(kept.object).siblings.map(({ value }) => new TextDecoder().decode(value));
  };
  lab.network.mute('ada', 'cleo');
  const put = (text: string, context?: string): (() => Outcome | undefined) => {
    let answer: Outcome | undefined;
    const command = { kind: 'put', ...KEY, value: new TextEncoder().encode(text), contentType: 't', timeoutMs: TIMEOUT_MS } as const;
    lab.member('ada').execute(context === undefined ? command : { ...command, context }, (outcome) => {
      answer = outcome;
    });
    return () => answer;
  };
  const first = put('v1');
  lab.run(3_000);
  const written = first();
  assert.ok(written?.kind === 'written');
  assert.equal(hint(), undefined, 'its time is not over');
  const second = put('v2', written.context);
  lab.run(200);
  assert.ok(second()?.kind === 'written');
  assert.deepEqual(hint(), ['v2'], 'cleo is doubted by now');
  lab.run(TIMEOUT_MS);
  assert.deepEqual(hint(), ['v2']);
});
