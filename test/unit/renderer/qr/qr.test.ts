/** The picture of an invite, drawn and read back, and the limits of pictures that others made. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { decodeQR } from 'qr/decode.js';
import { PICTURE_BYTES_MAX, pictureProblem, pictureSize } from '../../../../renderer/qr/picture-limits.ts';
import { qrPath, type QrPath } from '../../../../renderer/qr/qr-path.ts';

const MODULE_PIXELS = 3;

/** Paints the path as a browser would: every subpath is one row of dark modules. */
function paint({ size, d }: QrPath): { data: Uint8ClampedArray; width: number; height: number } {
  const side = size * MODULE_PIXELS;
  const data = new Uint8ClampedArray(side * side * 4).fill(255);
  for (const [, x, y, length, back] of d.matchAll(/M(\d+) (\d+)h(\d+)v1h-(\d+)z/g)) {
    assert.equal(length, back, 'a closed rectangle');
    for (let row = Number(y) * MODULE_PIXELS; row < (Number(y) + 1) * MODULE_PIXELS; row += 1) {
      for (let column = Number(x) * MODULE_PIXELS; column < (Number(x) + Number(length)) * MODULE_PIXELS; column += 1) data.set([0, 0, 0], (row * side + column) * 4);
    }
  }
  return { data, width: side, height: side };
}

test('WN-20 the picture of a link reads back as the link, whatever its length', () => {
  const letter = fc.constantFrom(...'ABCXYZabcxyz0189-_');
  const link = fc.string({ unit: letter, minLength: 1, maxLength: 1_600, size: 'max' }).map((code) => `ringleaf://join/${code}`);
  fc.assert(fc.property(link, (text) => assert.equal(decodeQR(paint(qrPath(text)), { timeLimit: 2_000 }), text)), { numRuns: 40 });
});

test('WN-20 there are four light modules on each side', () => {
  const { size, d } = qrPath('ringleaf://join/abc');
  const dark = [...d.matchAll(/M(\d+) (\d+)h(\d+)/g)].map(([, x, y, length]) => [Number(x), Number(x) + Number(length), Number(y), Number(y) + 1]);
  const at = (index: number): number[] => dark.map((one) => one[index] ?? 0);
  assert.deepEqual([Math.min(...at(0)), Math.max(...at(1)), Math.min(...at(2)), Math.max(...at(3))], [4, size - 4, 4, size - 4]);
});

const png = (width: number, height: number): Uint8Array => {
  const head = Buffer.from('89504e470d0a1a0a0000000d494844520000000000000000', 'hex');
  head.writeUInt32BE(width, 16);
  head.writeUInt32BE(height, 20);
  return new Uint8Array(head);
};
/** Start, an APP1 of the given length, a fill byte, a progressive frame. */
const jpeg = (width: number, height: number, exif = 20): Uint8Array => {
  const frame = Buffer.from('ffffc20011080000000003', 'hex');
  frame.writeUInt16BE(height, 6);
  frame.writeUInt16BE(width, 8);
  const app = Buffer.alloc(exif + 2);
  app.writeUInt16BE(0xffe1, 0);
  app.writeUInt16BE(exif, 2);
  return new Uint8Array(Buffer.concat([Buffer.from([0xff, 0xd8]), app, frame]));
};

test('WN-21 a picture is known by its first bytes, and refused by what they claim', () => {
  assert.deepEqual(pictureSize(png(640, 480)), { width: 640, height: 480 });
  assert.deepEqual(pictureSize(jpeg(4_000, 3_000)), { width: 4_000, height: 3_000 });
  assert.deepEqual(pictureSize(jpeg(4_000, 3_000, 65_535)), { width: 4_000, height: 3_000 });
  assert.equal(pictureProblem(1_000, png(5_000, 10_000)), undefined);
  for (const head of [png(60_000, 60_000), png(0xffffffff, 0xffffffff), png(0, 10), jpeg(65_535, 65_535)]) assert.match(pictureProblem(1_000, head) ?? '', /too many pixels/);
  assert.match(pictureProblem(PICTURE_BYTES_MAX + 1, png(10, 10)) ?? '', /too large/);
  for (const text of ['', 'GIF89a', '<svg xmlns="http://www.w3.org/2000/svg"/>', 'RIFF....WEBP']) assert.match(pictureProblem(10, Buffer.from(text)) ?? '', /no PNG or JPEG/);
});

test('WN-21 no bytes make the look at a picture throw or go on for ever', () => {
  const starts = fc.constantFrom([], [0xff, 0xd8], [0xff, 0xd8, 0xff, 0xe1, 0, 0], [...png(1, 1)].slice(0, 16));
  fc.assert(
    fc.property(starts, fc.uint8Array({ maxLength: 400 }), (start, rest) => {
      const size = pictureSize(new Uint8Array([...start, ...rest]));
      assert.ok(size === undefined || (size.width >= 0 && size.height >= 0));
    }),
    { numRuns: 2_000 },
  );
});
