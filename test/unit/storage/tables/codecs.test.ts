import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import { crc32c, masked, unmasked, wrongBytes } from '../../../../storage/tables/crc32c.ts';
import { snappyDecode } from '../../../../storage/tables/snappy.ts';
import { readVarint, varint } from '../../../../storage/tables/varint.ts';

/** The definition, bit by bit. */
function plainCrc(bytes: Uint8Array): number {
  let crc = 0xffffffff;
  for (const byte of bytes) {
    crc ^= byte;
    for (let bit = 0; bit < 8; bit += 1) crc = (crc & 1) === 1 ? (crc >>> 1) ^ 0x82f63b78 : crc >>> 1;
  }
  return ~crc >>> 0;
}

describe('CRC-32C', () => {
  it('has the values of RFC 3720, and those of the definition', () => {
    assert.equal(crc32c(Buffer.from('123456789')), 0xe3069283);
    assert.equal(crc32c(Buffer.alloc(32)), 0x8a9136aa);
    assert.equal(crc32c(Buffer.alloc(32, 0xff)), 0x62a8ab43);
    fc.assert(fc.property(fc.uint8Array({ maxLength: 70 }), fc.nat(9), (bytes, from) => {
      assert.equal(crc32c(bytes, Math.min(from, bytes.length)), plainCrc(bytes.subarray(from)));
    }));
  });

  it('is masked and unmasked', () => {
    fc.assert(fc.property(fc.integer({ min: 0, max: 0xffffffff }), (crc) => assert.equal(unmasked(masked(crc)), crc)));
  });

  it('tells a single wrong byte', () => {
    fc.assert(fc.property(fc.uint8Array({ minLength: 1, maxLength: 5000 }), fc.nat(), fc.integer({ min: 1, max: 255 }), (bytes, place, bits) => {
      const offset = place % bytes.length;
      const wrong = Uint8Array.from(bytes);
      wrong[offset] = (wrong[offset] ?? 0) ^ bits;
      const found = wrongBytes(crc32c(wrong), crc32c(bytes), bytes.length);
      assert.ok(found.some((one) => one.offset === offset && one.bits === bits));
    }));
  });
});

type Element = { readonly literal: Uint8Array } | { readonly back: number; readonly length: number };

/** Writes what the elements say, and what it means, the simplest way. */
function encode(elements: readonly Element[]): { readonly bytes: Uint8Array; readonly plain: number[] } {
  const [coded, plain]: [number[], number[]] = [[], []];
  for (const element of elements) {
    if ('literal' in element) {
      const length = element.literal.length - 1;
      coded.push(...(length < 60 ? [length << 2] : length < 256 ? [60 << 2, length] : [61 << 2, length & 0xff, length >> 8]), ...element.literal);
      plain.push(...element.literal);
      continue;
    }
    const back = 1 + (element.back % Math.max(plain.length, 1));
    if (plain.length === 0) continue;
    const length = element.length;
    if (length >= 4 && length < 12 && back < 2048) coded.push(1 | ((length - 4) << 2) | ((back >> 8) << 5), back & 0xff);
    else if (back % 2 === 0) coded.push(2 | ((length - 1) << 2), back & 0xff, back >> 8);
    else coded.push(3 | ((length - 1) << 2), back & 0xff, back >> 8, 0, 0);
    for (let index = 0; index < length; index += 1) plain.push(plain[plain.length - back] ?? 0);
  }
  return { bytes: Uint8Array.from([...varint(plain.length), ...coded]), plain };
}

const element = fc.oneof(
  fc.record({ literal: fc.uint8Array({ minLength: 1, maxLength: 400, size: 'max' }) }),
  fc.record({ back: fc.nat(60_000), length: fc.integer({ min: 1, max: 64 }) }),
);

describe('Snappy', () => {
  it('decodes literals and copies of every kind', () => {
    fc.assert(fc.property(fc.array(element, { maxLength: 30 }), (elements) => {
      const { bytes, plain } = encode(elements);
      assert.deepEqual([...snappyDecode(bytes, 1_000_000) ?? []], plain);
      assert.notEqual(snappyDecode(bytes, 1_000_000), undefined);
    }));
  });

  it('takes anything, and no more room than it is given', () => {
    fc.assert(fc.property(fc.uint8Array({ maxLength: 200 }), (bytes) => {
      assert.ok((snappyDecode(bytes, 5000)?.length ?? 0) <= 5000);
    }));
    assert.equal(snappyDecode(Uint8Array.of(...varint(2 ** 40), 0, 1), 5000), undefined);
    assert.equal(snappyDecode(Uint8Array.of(4, 1, 0), 5000), undefined, 'a copy of nothing');
  });
});

describe('numbers of variable length', () => {
  it('are read as they were written, and nothing behind their end', () => {
    fc.assert(fc.property(fc.maxSafeNat(), (value) => assert.deepEqual(readVarint(varint(value), 0), { value, end: varint(value).length })));
    assert.equal(readVarint(Uint8Array.of(0x80), 0), undefined);
    assert.equal(readVarint(new Uint8Array(12).fill(0xff), 0), undefined);
  });
});
