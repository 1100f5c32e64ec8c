/** What the status says of damage on this device's disk, and of what it keeps for others. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { hintRoomFrom, roomWarning, scrubFrom } from '../../../../main/api/status.ts';

test('AE-9 the status says when all records were looked at, and what became of the damaged ones', () => {
  const scrub = { lastMs: 0, looked: 64, found: 3, mended: 2, refused: 1 };
  assert.deepEqual(scrubFrom({ scrub: () => scrub }), { last: '1970-01-01T00:00:00.000Z', records: 64, damaged: 3, mended: 2, refused: 1 });
  assert.deepEqual(scrubFrom({ scrub: () => ({ ...scrub, lastMs: undefined }) }).last, null);
  assert.deepEqual(scrubFrom(undefined), { last: null, records: 0, damaged: 0, mended: 0, refused: 0 }, 'without a team there is no scrub');
});

test('HH-6 the status tells the bytes of all hints, and says in words when no more are taken', () => {
  const hintBytes = new Map([['ben', 3 * 1024 * 1024], ['cleo', 1]]);
  const full = hintRoomFrom({ hintBytes }, { hintRoom: () => ({ bytesMax: 3_000_000, refused: 2, isFull: true }) });
  assert.deepEqual(full, { bytes: 3 * 1024 * 1024 + 1, bytesMax: 3_000_000, refused: 2, isFull: true });
  assert.match(roomWarning(full).join(), /keeps 4 MiB for devices that are away, as much as it may/);
  assert.deepEqual(roomWarning({ ...full, isFull: false }), []);
  assert.equal(hintRoomFrom({ hintBytes: new Map() }, undefined).isFull, false, 'without a team nobody asks');
});
