/** CV-2: the bytes of a context, and those that are none. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { ByteReader, MalformedError } from '../../../../p2p/bytes/byte-reader.ts';
import { ByteWriter } from '../../../../p2p/bytes/byte-writer.ts';
import { writeActor } from '../../../../p2p/causality/actor-codec.ts';
import type { CausalContext } from '../../../../p2p/causality/causal-context.ts';
import { readContext, writeContext } from '../../../../p2p/causality/object-codec.ts';

const decode = (bytes: Uint8Array): CausalContext => readContext(new ByteReader(bytes));

/** All writes of x up to 9, except those of the entries: a counter, or 0, the first and how many follow. */
function contextBut(...entries: readonly (readonly number[])[]): Uint8Array {
  const writer = new ByteWriter().varint(1);
  writeActor(writer, 'x');
  writer.varint(9).varint(entries.length);
  for (const numbers of entries) {
    writeActor(writer, 'x');
    for (const number of numbers) writer.varint(number);
  }
  return writer.finish();
}

test('CV-2 a range of exceptions has one form, and stores that have each write by itself are still read', () => {
  const context = { upper: new Map([['x', 9]]), except: [{ actor: 'x', from: 2, to: 4 }, { actor: 'x', from: 6, to: 6 }] };
  const writer = new ByteWriter();
  writeContext(writer, context);
  assert.deepEqual(writer.finish(), contextBut([0, 2, 2], [6]));
  assert.deepEqual(decode(contextBut([0, 2, 2], [6])), context);
  assert.deepEqual(decode(contextBut([2], [3], [4], [6])), context);
});

test('CV-2 exceptions that overlap, that are out of order or above their bound, and ranges of nothing are malformed', () => {
  for (const entries of [[[3], [3]], [[4], [3]], [[0, 2, 2], [4]], [[0, 2, 2], [0, 3, 3]], [[10]], [[0, 8, 2]], [[0, 0, 2]], [[0, 2, 0]], [[0, 2, Number.MAX_SAFE_INTEGER]]]) {
    assert.throws(() => decode(contextBut(...entries)), MalformedError, JSON.stringify(entries));
  }
});
