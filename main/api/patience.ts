/** Work that nobody waits for by the second gives way to people: where the core is full it tries again. */
import { setTimeout as sleep } from 'node:timers/promises';
import type { Command, Outcome } from '../../p2p/index.ts';
import type { Engine } from '../member/engine.ts';

const TRIES_MAX = 40;
const FIRST_WAIT_MS = 20;
const WAIT_MS_MAX = 1_000;

/** As `engine.execute`; `overloaded` only after half a minute of it. */
export async function executePatiently(engine: Engine, command: Command): Promise<Outcome> {
  let waitMs = FIRST_WAIT_MS;
  for (let tries = 1; ; tries += 1) {
    const outcome = await engine.execute(command);
    if (outcome.kind !== 'overloaded' || tries === TRIES_MAX) return outcome;
    await sleep(waitMs);
    waitMs = Math.min(2 * waitMs, WAIT_MS_MAX);
  }
}
