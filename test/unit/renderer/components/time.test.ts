/** Times in words. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { relativeTime } from '../../../../renderer/components/time.ts';

const intl = new Intl.RelativeTimeFormat('en', { numeric: 'auto', style: 'narrow' });
const UNITS = [['year', 365 * 86_400], ['month', 30 * 86_400], ['week', 7 * 86_400], ['day', 86_400], ['hour', 3_600], ['minute', 60]] as const;

test('WN-34 a time in words is what Intl says, before and after', () => {
  for (let seconds = 45; seconds < 20 * 365 * 86_400; seconds = Math.ceil(seconds * 1.01)) {
    for (const from of [-seconds, seconds]) {
      const [unit, size] = UNITS.find(([, length]) => seconds >= length) ?? ['minute', 60];
      assert.equal(relativeTime(from * 1_000, 0), intl.format(Math.round(from / size), unit), `${from} s`);
    }
  }
});

test('WN-34 what is near is just now, as clocks are off; what is no time is said', () => {
  assert.deepEqual([-44, 0, 44].map((seconds) => relativeTime(seconds * 1_000, 0)), ['just now', 'just now', 'just now']);
  assert.equal(relativeTime(Number.NaN, 0), 'unknown time');
});
