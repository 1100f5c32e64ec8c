import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import { objectKey, parseObjectKey, prefixRange, versionKey } from '../../../storage/keyspace.ts';

describe('keyspace', () => {
  it('a prefix range holds exactly the keys that begin with the prefix', () => {
    const bytes = fc.uint8Array({ maxLength: 4 }).map((tail) => Buffer.from([0x6d, ...tail.map((b) => (b % 3 ? b : 0xff))]));
    fc.assert(
      fc.property(bytes, bytes, (prefix, key) => {
        const { gte, lt } = prefixRange(prefix);
        const inside = Buffer.compare(key, gte) >= 0 && Buffer.compare(key, lt) < 0;
        assert.equal(inside, key.subarray(0, prefix.length).equals(prefix));
      }),
    );
  });

  it('an object key gives its ref back', () => {
    const position = Uint8Array.from({ length: 16 }, (_, index) => 255 - index);
    const ref = { bucket: 'b', key: 'é/😀', position, partition: 65_535, leaf: 63, id: 'b\0é/😀' };
    assert.deepEqual(parseObjectKey(objectKey(ref)), ref);
  });

  it('versions sort by time, then by dot', () => {
    const at = fc.double({ noNaN: true });
    fc.assert(
      fc.property(at, at, (a, b) => {
        if (Object.is(a, -0) || Object.is(b, -0)) return;
        const keys = [a, b].map((time) => versionKey('b\0k', time, { actor: 'A', counter: 1 }));
        assert.equal(Math.sign(Buffer.compare(keys[0] as Buffer, keys[1] as Buffer)), a < b ? -1 : Number(a > b));
      }),
    );
  });
});
