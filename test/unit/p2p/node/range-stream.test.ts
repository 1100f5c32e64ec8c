import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Row } from '../../../../p2p/node/range-desk.ts';
import { RangeStream } from '../../../../p2p/node/range-stream.ts';
import { makeRow } from '../../../sim/row-store.ts';

const rows = (...keys: readonly string[]): readonly Row[] => keys.map((key) => ({ bucket: 'b', entry: makeRow('b', key, 8).entry }));
const page = (isMore: boolean, ...keys: readonly string[]) => ({ rows: rows(...keys), isMore, answersFor: undefined });
const at = (key: string) => ({ bucket: 'b', key });

test('CQ-1 a stream goes on where its page ended, and forgets what is settled', () => {
  const stream = new RangeStream('m', undefined, false);
  assert.ok(stream.take(page(true, 'a', 'c')));
  assert.deepEqual([stream.end, stream.isOpen, stream.state], [at('c'), true, 'heard']);
  stream.dropThrough(at('b'));
  assert.deepEqual(stream.rows.map(({ entry }) => entry.key), ['c']);
  assert.ok(stream.take(page(false, 'd')));
  assert.deepEqual(stream.rows.map(({ entry }) => entry.key), ['c', 'd']);
  assert.equal(stream.isOpen, false);
});

test('CQ-1 a page that came late is gone on from where the others are, and does not lead back', () => {
  const stream = new RangeStream('m', undefined, false);
  stream.dropThrough(at('c'));
  assert.ok(stream.take(page(true, 'a', 'b')), 'it was asked from the beginning, and answers that');
  stream.dropThrough(at('c'));
  assert.deepEqual([stream.end, stream.rows], [at('c'), []]);
});

test('CQ-1 a page that is not in order, goes back or has no end is no answer', () => {
  const pages = [page(false, 'b', 'a'), page(false, 'b', 'b'), page(false, 'a'), page(true)];
  for (const bad of pages) {
    const stream = new RangeStream('m', at('a'), false);
    assert.equal(stream.take(bad), false);
    assert.deepEqual([stream.state, stream.rows], ['failed', []]);
  }
});

test('CQ-4 a stream answers for the partitions that its member named, in the class that it named them for', () => {
  const stream = new RangeStream('m', undefined, false);
  stream.take({ ...page(false, 'a'), answersFor: [{ n: 3, partitions: Uint8Array.of(0b101, 1) }] });
  assert.deepEqual(Array.from({ length: 9 }, (_, partition) => stream.answers(3, partition)), [true, false, true, false, false, false, false, false, true]);
  assert.equal(stream.answers(2, 0), false);
});
