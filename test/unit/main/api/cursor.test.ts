import assert from 'node:assert/strict';
import { test } from 'node:test';
import { fromCursor, toCursor } from '../../../../main/api/cursor.ts';

test('the end of a page comes back as it was', () => {
  for (const name of [{ bucket: 'b', key: 'k' }, { bucket: 'é/x', key: '日本 \u{1f33f}' }]) assert.deepEqual(fromCursor(toCursor(name)), name);
});

test('what is no end of a page is refused', () => {
  const forged = ['', '!', 'a', toCursor({ bucket: 'b', key: 'k\0k' }), toCursor({ bucket: '', key: 'k' }), `${toCursor({ bucket: 'b', key: 'k' })}=`, 'x'.repeat(99_999)];
  for (const text of forged) assert.throws(() => fromCursor(text), { code: 'BAD_REQUEST' }, text.slice(0, 20));
});
