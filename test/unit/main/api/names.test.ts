import assert from 'node:assert/strict';
import { test } from 'node:test';
import { toBucket, toKey, toPrefix } from '../../../../main/api/names.ts';

const refused = { code: 'BAD_REQUEST' };

test('a key is brought to NFC', () => assert.equal(toKey('e\u0301'), '\u00e9'));

test('a key has 1 to 1,024 bytes, counted in UTF-8 after NFC', () => {
  assert.equal(toKey('k'.repeat(1024)).length, 1024);
  assert.throws(() => toKey(''), refused);
  assert.throws(() => toKey('k'.repeat(1025)), refused);
  assert.throws(() => toKey('漢'.repeat(342)), refused);
  assert.equal(toKey('漢'.repeat(341)).length, 341);
});

test('control characters and lone surrogates are refused, joiners and spaces are not', () => {
  for (const text of ['a\0', '\n', '\u007f', '\u0085', '\ud800', 'a\udc00']) assert.throws(() => toKey(text), refused);
  assert.equal(toKey('👩\u200d💻 x'), '👩\u200d💻 x');
});

test('buckets are shorter, prefixes may be empty', () => {
  assert.throws(() => toBucket('b'.repeat(129)), refused);
  assert.equal(toPrefix(''), '');
});
