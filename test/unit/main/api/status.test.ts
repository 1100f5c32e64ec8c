/** What the status says of damage on this device's disk. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Backend } from '../../../../main/api/backend.ts';
import { statusFrom } from '../../../../main/api/status.ts';
import type { Engine } from '../../../../main/member/engine.ts';

function backend(scrub: ReturnType<Engine['scrub']> | undefined): Backend {
  const engine: Partial<Engine> = {
    scrub: () => scrub ?? { lastMs: undefined, looked: 0, found: 0, mended: 0, refused: 0 },
    antiEntropy: () => ({ lastRoundMs: undefined, differing: 0, repaired: 0 }),
    transfers: () => ({ owed: 0, keysMoved: 0, underWay: [] }),
    condition: () => ({ quarantine: undefined, warnings: [] }),
    overview: () => ({ partitionsOwned: 0, alive: 1, members: 1 }),
    writes: () => ({ underWay: 0, unconfirmed: 0, hereOnly: 0, isWhole: true, inherited: 0 }),
    members: () => [],
  };
  const known: Partial<Backend> = {
    memberId: 'ada', name: 'Ada', version: '1', dataDir: '/', listen: () => [], team: () => undefined, membership: () => undefined,
    warnings: () => [], counts: () => ({ keys: 9, conflicts: 0, hints: new Map(), corrupt: 3, readOnly: undefined }),
    engine: () => (scrub === undefined ? undefined : (engine as Engine)),
  };
  return known as Backend;
}

test('AE-9 the status says when all records were looked at, and what became of the damaged ones', () => {
  const scrub = { lastMs: 0, looked: 64, found: 3, mended: 2, refused: 1 };
  assert.deepEqual(statusFrom(backend(scrub)).disk, {
    readOnly: null, corruptRecords: 3, scrub: { last: '1970-01-01T00:00:00.000Z', records: 64, damaged: 3, mended: 2, refused: 1 },
  });
  assert.deepEqual(statusFrom(backend(undefined)).disk.scrub, { last: null, records: 0, damaged: 0, mended: 0, refused: 0 }, 'without a team there is no scrub');
});
