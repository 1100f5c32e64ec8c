/** The words of a member, against a slow reading of the same rule. */
import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { test } from 'node:test';
import { wordlist } from '@scure/bip39/wordlists/english.js';
import fc from 'fast-check';
import { memberWords } from '../../../../main/api/member-words.ts';

function slowly(member: string): readonly string[] {
  const digest = createHash('sha256').update(`ringleaf member words 1\0${member}`).digest();
  const bits = [...digest].map((byte) => byte.toString(2).padStart(8, '0')).join('');
  return [0, 1, 2, 3, 4, 5].map((at) => wordlist[Number.parseInt(bits.slice(at * 11, at * 11 + 11), 2)] ?? assert.fail());
}

test('SC-6 a member has six words, the same on every device and for ever', () => {
  assert.deepEqual(memberWords('12D3KooWEZXjE41uU4EL2gpkAQeDXYok6wghN7wwNVPF5bwkaNfS'), 'theme nice treat trouble paddle proud'.split(' '));
  assert.deepEqual(memberWords('12D3KooWEZXjE41uU4EL2gpkAQeDXYok6wghN7wwNVPF5bwkaNfT'), 'truth knife admit address anchor lesson'.split(' '));
  fc.assert(fc.property(fc.string(), (member) => assert.deepEqual(memberWords(member), slowly(member))));
});
