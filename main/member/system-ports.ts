/** The real clock and the real chance. */
import { randomFillSync } from 'node:crypto';
import type { Clock, Random } from '../../p2p/index.ts';

/** setTimeout takes no longer delay than this. */
const DELAY_MAX_MS = 2 ** 31 - 1;

export function systemClock(): Clock & { stop(): void } {
  let timer: NodeJS.Timeout | undefined;
  return {
    wallMs: () => Date.now(),
    nowMs: () => performance.now(),
    wakeAt: (atMs, wake) => {
      clearTimeout(timer);
      timer = setTimeout(wake, Math.min(DELAY_MAX_MS, Math.max(0, Math.ceil(atMs - performance.now()))));
    },
    stop: () => clearTimeout(timer),
  };
}

const POOL_WORDS = 256;

/** Cryptographic, drawn a pool at a time. */
export function systemRandom(): Random {
  const pool = new Uint32Array(POOL_WORDS);
  let next = POOL_WORDS;
  return {
    uint32: () => {
      if (next === POOL_WORDS) {
        randomFillSync(pool);
        next = 0;
      }
      const word = pool[next] ?? 0;
      next += 1;
      return word;
    },
  };
}
