/**
 * `npm run sim -- gossip [--sizes 10,100,1000,10000] [--losses 0,0.01,0.1] [--seed 1]` prints what
 * `gossip-scale.ts` measures, one row for each size and share of lost messages.
 */
import { parseArgs } from 'node:util';
import { measureGossip } from '../gossip-scale.ts';
import type { GossipFigures } from '../gossip-scale.ts';

const HEAD =
  '| members | loss | at rest after | join, rounds | ÷ log₂ N | death, rounds | ÷ log₂ N | sent, messages/s | sent, B/s | received, B/s | most received | watched ÷ silence | false alarms |';

function rowOf(figures: GossipFigures): string {
  const { members, loss, joinRounds, deathRounds } = figures;
  const overLog = (rounds: number): string => (rounds / Math.log2(members)).toFixed(2);
  const cells = [
    members, `${loss * 100} %`, figures.restBeats, joinRounds, overLog(joinRounds), deathRounds, overLog(deathRounds), figures.sentMessages.toFixed(1),
    Math.round(figures.sentBytes), Math.round(figures.receivedBytes), Math.round(figures.receivedBytesMax),
    (figures.idleBeats / figures.silenceBeats).toFixed(2), `${figures.falseAlarms} of ${figures.looks}`,
  ];
  return `| ${cells.join(' | ')} |`;
}

export function main(args: readonly string[]): number {
  const { values } = parseArgs({
    args: [...args],
    options: {
      sizes: { type: 'string', default: '10,100,1000,10000' },
      losses: { type: 'string', default: '0,0.01,0.1' },
      seed: { type: 'string', default: '1' },
    },
  });
  console.log(HEAD);
  console.log(HEAD.replaceAll(/[^|]+/g, ' --- '));
  for (const members of values.sizes.split(',').map(Number)) {
    for (const loss of values.losses.split(',').map(Number)) {
      const figures = measureGossip({ members, loss, seed: Number(values.seed) });
      console.log(rowOf(figures));
      console.error(`${members} members in ${figures.seconds.toFixed(1)} s, ${Math.round(process.memoryUsage().rss / 2 ** 20)} MiB`);
    }
  }
  return 0;
}
