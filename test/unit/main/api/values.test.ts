import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { VALUE_BYTES_MAX } from '../../../../p2p/bounds.ts';
import { decodeValue, encodeValue, toContentType } from '../../../../main/api/values.ts';

test('any bytes survive JSON', () => {
  fc.assert(fc.property(fc.uint8Array({ maxLength: 300 }), (bytes) => {
    const { value, encoding } = encodeValue(bytes);
    assert.deepEqual([...decodeValue(value, encoding)], [...bytes]);
  }));
});

test('a byte order mark is part of the value', () => {
  const { value, encoding } = encodeValue(Uint8Array.of(0xef, 0xbb, 0xbf, 0x61));
  assert.deepEqual([value, encoding], ['\ufeffa', 'utf8']);
});

test('what is neither base64 nor text, or too large, is refused', () => {
  for (const text of ['a', '=', 'ab=c', 'a-_=', 'YQ']) assert.throws(() => decodeValue(text, 'base64'), { code: 'BAD_REQUEST' });
  assert.throws(() => decodeValue('\ud800', 'utf8'), { code: 'BAD_REQUEST' });
  assert.throws(() => decodeValue('é'.repeat(VALUE_BYTES_MAX / 2 + 1), 'utf8'), { code: 'VALUE_TOO_LARGE' });
});

test('a content type cannot end a header', () => {
  for (const text of ['', 'a\r\nb', 'é', 'a'.repeat(256)]) assert.throws(() => toContentType(text), { code: 'BAD_REQUEST' });
});
