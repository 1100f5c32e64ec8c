/** MB-22 in teams of growing size: news in a logarithm of rounds, bounded bytes, no false alarm. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { measureGossip } from './gossip-scale.ts';

/** Measured: at most 0.4 up to 10,000 members with every tenth message lost. */
const ROUNDS_A_DOUBLING_MAX = 0.75;
const BYTES_A_SECOND_MAX = 6_000;
/** Exchanges begun and answered, both bounded by the pace. */
const MESSAGES_A_SECOND_MAX = 9;

for (const [members, loss] of [[8, 0], [32, 0], [128, 0], [256, 0.01], [128, 0.1]] as const) {
  test(`MB-22 a team of ${members} that loses ${loss * 100} % of its messages`, () => {
    const figures = measureGossip({ members, loss, seed: members });
    const roundsMax = ROUNDS_A_DOUBLING_MAX * Math.log2(members);
    assert.ok(figures.joinRounds <= roundsMax, `a join took ${figures.joinRounds} rounds`);
    assert.ok(figures.deathRounds <= roundsMax, `a death took ${figures.deathRounds} rounds`);
    assert.ok(figures.sentMessages <= MESSAGES_A_SECOND_MAX, `${figures.sentMessages} messages a second`);
    assert.ok(figures.sentBytes <= BYTES_A_SECOND_MAX && figures.receivedBytesMax <= BYTES_A_SECOND_MAX, JSON.stringify(figures));
    assert.ok(Number.isFinite(figures.restBeats), 'it comes to rest');
    assert.ok(figures.newsGap <= 1.05, `members are heard of ${figures.newsGap} times as rarely as their silence is judged by`);
    assert.equal(figures.falseAlarms, 0);
  });
}
