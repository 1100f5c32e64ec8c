/** WR: everything that travels or is stored comes back as it was; anything else is MalformedError. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { fromBase64url, toBase64url } from '../../p2p/bytes/base64url.ts';
import { ByteReader, MalformedError } from '../../p2p/bytes/byte-reader.ts';
import { ByteWriter } from '../../p2p/bytes/byte-writer.ts';
import { decodeObject, decodeSibling, encodeObject, encodeSibling } from '../../p2p/causality/object-codec.ts';
import { decodeBucketRecord, encodeBucketRecord } from '../../p2p/membership/bucket-registry.ts';
import { decodeRecord, encodeRecord } from '../../p2p/membership/member-record.ts';
import { decodeRecords, encodeRecords } from '../../p2p/membership/roster.ts';
import { decodeTeam, encodeTeam } from '../../p2p/membership/team.ts';
import { decodeMessage, encodeMessage } from '../../p2p/wire/codec.ts';
import { bucketRecord, dot, keyObject, memberRecord, message, messageKinds, mutated, sibling, team } from './arbitraries.ts';

interface Codec {
  readonly name: string;
  readonly value: fc.Arbitrary<unknown>;
  readonly encode: (value: never) => Uint8Array;
  readonly decode: (bytes: Uint8Array) => unknown;
}

const codecs: readonly Codec[] = [
  { name: 'object', value: keyObject, encode: encodeObject, decode: decodeObject },
  { name: 'sibling', value: dot.chain(sibling), encode: encodeSibling, decode: decodeSibling },
  { name: 'member record', value: memberRecord, encode: encodeRecord, decode: decodeRecord },
  { name: 'credentials', value: fc.array(memberRecord, { maxLength: 3 }), encode: encodeRecords, decode: (bytes) => decodeRecords(bytes) },
  { name: 'team', value: team, encode: encodeTeam, decode: decodeTeam },
  { name: 'bucket record', value: bucketRecord, encode: encodeBucketRecord, decode: decodeBucketRecord },
  ...messageKinds.map((kind): Codec => ({ name: `message ${kind}`, value: message(kind), encode: encodeMessage, decode: decodeMessage })),
];

/** What the bytes say, or that they say nothing; any other end is a failure of the decoder. */
function decodes(codec: Codec, bytes: Uint8Array): { readonly value: unknown } | undefined {
  try {
    return { value: codec.decode(bytes) };
  } catch (error) {
    assert.ok(error instanceof MalformedError, `${codec.name} threw ${String(error)}`);
    return undefined;
  }
}

for (const codec of codecs) {
  const encoded = codec.value.map((value) => codec.encode(value as never));

  test(`WR-1 ${codec.name}: decoding gives back what was encoded`, () => {
    fc.assert(
      fc.property(codec.value, (value) => {
        const bytes = codec.encode(value as never);
        assert.deepEqual(codec.decode(bytes), value);
        assert.deepEqual(codec.decode(Buffer.from(bytes)), value, 'a Buffer, as streams give them');
        assert.deepEqual(codec.encode(structuredClone(value) as never), bytes, 'equal values, equal bytes');
      }),
      { numRuns: 60 },
    );
  });

  test(`WR-2 ${codec.name}: hostile bytes are refused as malformed, and nothing else happens`, () => {
    fc.assert(
      fc.property(fc.oneof({ weight: 4, arbitrary: mutated(encoded) }, fc.uint8Array({ maxLength: 200 })), (bytes) => {
        const result = decodes(codec, bytes);
        if (result === undefined || codec.name === 'bucket record') return;
        assert.deepEqual(codec.encode(result.value as never), bytes, 'there is one form');
      }),
      { numRuns: 250 },
    );
  });

  test(`WR-2 ${codec.name}: every cut is refused`, () => {
    fc.assert(
      fc.property(encoded, fc.nat(), (bytes, where) => {
        assert.equal(decodes(codec, bytes.subarray(0, where % Math.max(1, bytes.length))), undefined);
      }),
      { numRuns: 40 },
    );
  });
}

/** What no door and no peer gives: words of the code, and bytes that are counted where they are made. */
const FIXED = new Set(['kind', 'said', 'nonce']);

/** Makes one part of a value too large, whichever it meets. */
function overgrown(value: unknown, dice: () => number): unknown {
  if (typeof value === 'number') return dice() < 2 ? [2 ** 52, -1, 0.5, Number.NaN, 1e9, 65_537][dice()] : value;
  if (typeof value === 'string') return dice() < 2 ? value.padEnd([129, 33, 1_025, 65_537, 256, 64][dice()] ?? 0, 'é') : value;
  if (value instanceof Uint8Array) return dice() < 2 ? new Uint8Array([9, 129, 33_000, 0, 257, 70_000][dice()] ?? 0) : value;
  if (Array.isArray(value)) {
    const more = dice() < 2 && value.length > 0 ? Array.from({ length: [17, 33, 257, 1_025, 513, 10_001][dice()] ?? 0 }, () => value[0] as unknown) : value;
    return more.map((one) => (more.length > 99 ? (one as unknown) : overgrown(one, dice)));
  }
  if (typeof value !== 'object' || value === null || value instanceof Map) return value;
  return Object.fromEntries(Object.entries(value).map(([name, one]) => [name, FIXED.has(name) ? (one as unknown) : overgrown(one, dice)]));
}

for (const codec of codecs.filter(({ name }) => !['object', 'sibling', 'credentials'].includes(name))) {
  test(`WR-10 ${codec.name}: what the encoder takes, the decoder takes`, () => {
    fc.assert(
      fc.property(codec.value, fc.infiniteStream(fc.nat(5)), (value, rolls) => {
        const grown = overgrown(value, () => rolls.next().value ?? 0);
        let bytes: Uint8Array;
        try {
          bytes = codec.encode(grown as never);
        } catch (error) {
          assert.ok(error instanceof RangeError, String(error));
          return;
        }
        codec.decode(bytes);
      }),
      { numRuns: 150 },
    );
  });
}

test('WR-3 a claimed length takes no memory: a gigabyte in six bytes is refused at once', () => {
  const claim = (length: number): Uint8Array => new ByteWriter().u8(1).varint(length).finish();
  const before = process.memoryUsage();
  for (let round = 0; round < 1_000; round += 1) {
    for (const codec of codecs) assert.equal(decodes(codec, claim(2 ** 30)), undefined);
    for (let kind = 0; kind < 32; kind += 1) {
      const frame = new ByteWriter().u8(1).u8(kind).varint(1).varint(2 ** 30).finish();
      assert.throws(() => decodeMessage(frame), MalformedError);
    }
  }
  const after = process.memoryUsage();
  assert.ok(after.arrayBuffers - before.arrayBuffers < 64 * 1024 * 1024);
});

test('WR-4 numbers: every varint, in its shortest form only', () => {
  fc.assert(
    fc.property(fc.oneof(fc.maxSafeNat(), fc.nat(300)), (value) => {
      const bytes = new ByteWriter().varint(value).finish();
      assert.equal(new ByteReader(bytes).varint(), value);
      const longer = Uint8Array.of(...bytes.subarray(0, -1), (bytes.at(-1) ?? 0) | 0x80, 0);
      assert.throws(() => new ByteReader(longer).varint(), MalformedError);
      if (value > 0) assert.throws(() => new ByteReader(bytes).varint(value - 1), MalformedError);
    }),
  );
  for (const wrong of [-1, 0.5, Number.NaN, 2 ** 53]) assert.throws(() => new ByteWriter().varint(wrong), RangeError);
  assert.throws(() => new ByteReader(new Uint8Array(16).fill(0xff)).varint(), MalformedError);
});

test('WR-5 a message of another version or an unknown kind is refused', () => {
  const frame = encodeMessage({ kind: 'buckets', id: 7, after: undefined });
  assert.throws(() => decodeMessage(Uint8Array.of(2, ...frame.subarray(1))), /wire version 2/);
  assert.throws(() => decodeMessage(Uint8Array.of(1, 200, 7)), /kind 200/);
  assert.throws(() => decodeMessage(Uint8Array.of(...frame, 0)), /left over/);
});

test('WR-6 decoded values are plain objects: a peer cannot name a field', () => {
  const decoded = decodeMessage(encodeMessage({ kind: 'list', id: 1, view: new Uint8Array(8), bucket: '__proto__', prefix: 'constructor', after: undefined, limit: 1 }));
  assert.equal(Object.getPrototypeOf(decoded), Object.prototype);
  const settings = new ByteWriter().text('b').varint(1).text('m').text('{"n":3,"r":1,"w":1,"sloppy":true,"resolution":"lww","historyVersions":1,"historyDays":2,"__proto__":{"x":1},"more":1}').finish();
  assert.deepEqual(Object.keys(decodeBucketRecord(settings).settings), ['n', 'r', 'w', 'sloppy', 'resolution', 'historyVersions', 'historyDays']);
});

test('WR-7 base64url is that of Node, and only its own form is read', () => {
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 70 }), (bytes) => {
      const text = Buffer.from(bytes).toString('base64url');
      assert.equal(toBase64url(bytes), text);
      assert.deepEqual(fromBase64url(text), bytes);
      assert.equal(fromBase64url(`${text}=`), undefined);
    }),
  );
  fc.assert(
    fc.property(fc.string({ maxLength: 12 }), (text) => {
      const read = fromBase64url(text);
      assert.ok(read === undefined || Buffer.from(read).toString('base64url') === text);
    }),
  );
});

test('WR-1 text is length and UTF-8, whichever way it is written', () => {
  const texts = fc.oneof(fc.string({ unit: 'binary', maxLength: 600 }), fc.string({ unit: 'binary-ascii', maxLength: 600 }));
  fc.assert(
    fc.property(texts, (text) => {
      const utf8 = Buffer.from(text, 'utf8');
      const expected = new ByteWriter().bytes(utf8).finish();
      assert.deepEqual(new ByteWriter().text(text).finish(), expected);
      if (utf8.toString('utf8') === text) assert.equal(new ByteReader(expected).text(utf8.length), text);
    }),
  );
});
