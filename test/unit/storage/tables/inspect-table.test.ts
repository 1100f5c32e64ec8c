/** Each byte of a real table, wrong one at a time, and what is said and done about it. */
import assert from 'node:assert/strict';
import { rmSync } from 'node:fs';
import { after, before, describe, it } from 'node:test';
import { type Finding, inspectTable } from '../../../../storage/tables/inspect-table.ts';
import { FOOTER_BYTES, endOf } from '../../../../storage/tables/table-format.ts';
import { type Sample, flipped, layoutOf, makeSample } from './table-samples.ts';

let sample: Sample;
before(async () => (sample = await makeSample()));
after(() => rmSync(sample.root, { recursive: true, force: true }));

const findings = (table: Buffer, size = table.length): readonly Finding[] => [...inspectTable(table, size)].filter((finding) => finding !== undefined);

describe('a check of a table', () => {
  it('finds nothing in a good one', () => {
    assert.deepEqual(findings(sample.bytes), []);
    assert.ok(layoutOf(sample.bytes).data.length >= 5, 'the table is too small to say anything');
  });

  it('ST-12 puts any one wrong byte right, wherever it is', () => {
    const { bytes } = sample;
    const harmless: number[] = [];
    for (let at = 0; at < bytes.length; at += 1) {
      const wrong = flipped(bytes, [[at, 1 + ((at * 7) % 255)]]);
      const found = findings(wrong);
      if (found.length === 0) {
        harmless.push(at);
        continue;
      }
      assert.deepEqual(found.map(({ mended }) => mended && [mended.offset, ...mended.bytes]), [[at, bytes[at]]], `byte ${at} of ${bytes.length}`);
    }
    const padding = bytes.length - FOOTER_BYTES;
    assert.ok(harmless.every((at) => at >= padding && at < bytes.length - 8 && bytes[at] === 0), `${harmless} were not noticed`);
  });

  it('ST-12 takes no other footer for the right one that fits as well', () => {
    const { bytes } = sample;
    const footer = bytes.length - FOOTER_BYTES;
    for (let at = footer; at < footer + 8; at += 1) {
      for (let bits = 1; bits < 256; bits += 6) {
        const found = findings(flipped(bytes, [[at, bits]]));
        const isRight = found.every(({ mended }) => mended?.offset === at && mended.bytes[0] === bytes[at]);
        assert.ok(isRight, `${bits} at ${at - footer}`);
      }
    }
  });

  it('ST-12 takes out the block in which two bytes are wrong, and no other', () => {
    const { data } = layoutOf(sample.bytes);
    for (const { offset, size } of data) {
      const found = findings(flipped(sample.bytes, [[offset + 9, 0x40], [offset + size - 9, 0x22]]));
      assert.deepEqual(found.map(({ part, mended, fence, hollow }) => [part, mended, fence.offset, hollow?.offset]), [['data', undefined, offset + size, offset]]);
      assert.equal(found[0]?.hollow?.bytes.length, size + 5);
    }
  });

  it('leaves nothing to find where it hollowed out a block, the index or the end', () => {
    const { bytes } = sample;
    const { data, index } = layoutOf(bytes);
    const [, second] = data;
    assert.ok(second !== undefined);
    const pairs = [second.offset + 5, index.offset + 5, bytes.length - FOOTER_BYTES];
    for (const at of pairs) {
      const wrong = flipped(bytes, [[at, 0xff], [at + 3, 0x7f]]);
      const [found, ...others] = findings(wrong);
      assert.ok(found?.hollow !== undefined && others.length === 0, `at ${at}`);
      wrong.set(found.hollow.bytes, found.hollow.offset);
      assert.deepEqual(findings(wrong), [], `at ${at}`);
    }
  });

  it('a file that was cut short gets an end', () => {
    for (const length of [0, 1, 47, 2000, sample.bytes.length - 1]) {
      const [found, ...others] = findings(sample.bytes.subarray(0, length), sample.bytes.length);
      assert.deepEqual([found?.part, others.length], ['table', 0], `cut at ${length}`);
      const isOneByte = length === sample.bytes.length - 1;
      assert.equal(found?.mended !== undefined, isOneByte, `cut at ${length}`);
    }
  });

  it('knows what it fenced before', () => {
    const { data, metaindex, index } = layoutOf(sample.bytes);
    const [first] = data;
    assert.ok(first !== undefined);
    for (const handle of [first, metaindex, index]) {
      const at = handle.offset;
      const wrong = flipped(sample.bytes, [[at, 0xff], [at + 2, 0x7f]]);
      const [found] = findings(wrong);
      assert.ok(found !== undefined && !found.isFenced && found.mended === undefined);
      assert.equal(found.fence.offset, endOf(handle) - 5);
      wrong.set(found.fence.bytes, found.fence.offset);
      assert.deepEqual(findings(wrong).map(({ isFenced, mended }) => [isFenced, mended]), [[true, undefined]]);
    }
  });
});
