import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import { marksKey, objectKey, parseObjectKey, parseRowKey, prefixRange, versionKey } from '../../../storage/keyspace.ts';

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

  it('slots of a key have a row each, and what names them gives the key back', () => {
    const keys = [0, 1, 256, 65_535].map((slot) => versionKey('b\0é', slot));
    assert.deepEqual([...keys].sort(Buffer.compare), keys);
    assert.equal(new Set(keys.map((key) => key.toString('hex'))).size, keys.length);
    assert.notDeepEqual(versionKey('b\0é', 0), versionKey('b\0é\0', 0));
    assert.deepEqual(parseRowKey(marksKey('b\0é')), { bucket: 'b', key: 'é' });
  });
});
