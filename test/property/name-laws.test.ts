/** The laws of names as they are shown, over text of whatever is in Unicode. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { visible } from '../../renderer/names/visible.ts';

const tricky = fc.constantFrom('\u202e', '\u200d', '\u200b', '\ufe0f', '\u0000', ' ', '  ', '\u00a0', '⟨', '⟩', '⟨U+202E⟩', '\ud83d', '\ude00', '👩', '💻', 'א', 'U+202E', 'a', '1');
const name = fc.array(fc.oneof(tricky, fc.string({ unit: 'binary', maxLength: 2 })), { maxLength: 8 }).map((parts) => parts.join(''));
const UNSEEN = /[\p{Cc}\p{Zl}\p{Zp}\p{Cs}\u200b\u200e\u200f\u061c\u00ad\u2060\ufeff\u202a-\u202e\u2066\u2067]/u;

test('WN-11 law: two names that differ are shown differently', () => {
  fc.assert(fc.property(name, name, (a, b) => assert.equal(visible(a) === visible(b), a === b)), { numRuns: 3_000 });
});

test('WN-11 law: what a name is shown as, given as a name, is not shown as that name', () => {
  fc.assert(
    fc.property(name, (given) => {
      const forged = visible(given);
      assert.equal(visible(forged) === visible(given), forged === given);
    }),
    { numRuns: 3_000 },
  );
});

test('WN-11 law: nothing that cannot be seen is left, but the isolation of the whole', () => {
  fc.assert(
    fc.property(name, (given) => {
      const shown = visible(given);
      assert.doesNotMatch(shown, UNSEEN);
      assert.doesNotMatch(shown.replace(/^\u2068([^]*)\u2069$/, '$1'), /[\u2068\u2069]/);
      assert.doesNotMatch(shown, /^ | $| {2}/);
    }),
    { numRuns: 3_000 },
  );
});
