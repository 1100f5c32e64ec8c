/** What LevelDB does with tables that were damaged and checked. Each life is in a process of its own: an abort is a failure here, and no end. */
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { rmSync } from 'node:fs';
import { join } from 'node:path';
import { after, before, describe, it } from 'node:test';
import { FOOTER_BYTES, type Handle } from '../../../../storage/tables/table-format.ts';
import { type Flips, KEYS, type Layout, type Sample, layoutOf, makeSample } from './table-samples.ts';

type Variant = readonly [flips: Flips, length?: number];

let sample: Sample;
let layout: Layout;
before(async () => {
  sample = await makeSample();
  layout = layoutOf(sample.bytes);
});
after(() => rmSync(sample.root, { recursive: true, force: true }));

/** Runs all and asserts that the process survived them. @returns what was lost, variant by variant. */
function live(variants: readonly Variant[]): readonly { readonly lost: readonly number[]; readonly warnings: readonly string[] }[] {
  const path = join(import.meta.dirname, 'damaged-process.ts');
  const { status, signal, stdout, stderr } = spawnSync(process.execPath, [path, sample.dir, sample.name, JSON.stringify(variants)], { encoding: 'utf8', timeout: 300_000 });
  const lines = stdout.trimEnd().split('\n');
  const last = variants[Number(lines.at(-1)?.split(' ')[0])];
  assert.deepEqual([status, signal], [0, null], `ended at ${JSON.stringify(last)}\n${stderr}`);
  return lines.map((line) => JSON.parse(line.slice(line.indexOf(' ') + 1)) as { lost: number[]; warnings: string[] });
}

/** Places all over a block and its trailer. */
const places = ({ offset, size }: Handle, count: number): readonly number[] =>
  [...Array.from({ length: count }, (_, index) => offset + Math.floor((size * index) / count)), offset + size, offset + size + 2];

const allBlocks = (): readonly Handle[] => [...layout.data.slice(0, 2), layout.data.at(-1) ?? layout.index, layout.metaindex, layout.index];

describe('ST-12 a store with a damaged table', () => {
  it('has lost nothing where one byte is wrong', () => {
    const footer = sample.bytes.length - FOOTER_BYTES;
    const wrong = [...allBlocks().flatMap((handle) => places(handle, 3)), footer, footer + 2, footer + 4, footer + 41];
    for (const { lost, warnings } of live(wrong.map((at) => [[[at, 0x35]]]))) {
      assert.deepEqual(lost, []);
      assert.equal(warnings.length, 1);
      assert.match(warnings[0] ?? '', /^put a wrong byte right in a file of the store: \d+\.ldb \(as it was: .*damaged-tables/);
    }
  });

  it('goes on without the blocks in which more is wrong, and says what they held', () => {
    const variants = layout.data.slice(0, 4).flatMap((handle) => places(handle, 4).map((at): Variant => [[[at, 0x35], [handle.offset + Math.floor(handle.size * 0.45), 0x81]]]));
    for (const [index, { lost, warnings }] of live(variants).entries()) {
      assert.ok(lost.length < KEYS / 2, `${lost.length} records were lost with ${JSON.stringify(variants[index])}`);
      assert.match(warnings.join(), /^a part of a file of the store cannot be read; other devices are asked for what was in it: \d+\.ldb/);
    }
  });

  it('goes on where a sector is zeros, a filter is wrong, or the index or the end of a table is gone', () => {
    const { bytes } = sample;
    const zeros = (from: number, length: number): Flips => [...bytes.subarray(from, from + length)].map((was, index) => [from + index, was] as const);
    const footer = bytes.length - FOOTER_BYTES;
    const filter = layout.metaindex.offset - 40;
    const [, second] = layout.data;
    assert.ok(second !== undefined);
    const variants: readonly Variant[] = [
      [zeros(second.offset + 20, 512)], [zeros(footer, FOOTER_BYTES)], [zeros(footer, 10)], [zeros(layout.index.offset, 64)], [zeros(layout.metaindex.offset, 20)],
      [[[filter, 0xff], [filter + 7, 0x42]]], [[[layout.index.offset + 3, 0x35], [layout.index.offset + 9, 0x77]]],
      [[], 0], [[], 100], [[], footer], [[], Math.floor(bytes.length / 2)],
    ];
    const results = live(variants);
    assert.deepEqual(results.map(({ warnings }) => warnings.length), variants.map(() => 1));
    assert.match(results[4]?.warnings[0] ?? '', /^does without the damaged filter/);
    for (const unharmed of [results[4], results[5]]) assert.deepEqual(unharmed?.lost, []);
    for (const { lost, warnings } of results.slice(-4)) {
      assert.equal(lost.length, KEYS);
      assert.match(warnings[0] ?? '', /^a file of the store cannot be read/);
    }
  });
});
