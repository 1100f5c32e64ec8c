/** What the status says of damage on this device's disk. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { scrubFrom } from '../../../../main/api/status.ts';

test('AE-9 the status says when all records were looked at, and what became of the damaged ones', () => {
  const scrub = { lastMs: 0, looked: 64, found: 3, mended: 2, refused: 1 };
  assert.deepEqual(scrubFrom({ scrub: () => scrub }), { last: '1970-01-01T00:00:00.000Z', records: 64, damaged: 3, mended: 2, refused: 1 });
  assert.deepEqual(scrubFrom({ scrub: () => ({ ...scrub, lastMs: undefined }) }).last, null);
  assert.deepEqual(scrubFrom(undefined), { last: null, records: 0, damaged: 0, mended: 0, refused: 0 }, 'without a team there is no scrub');
});
