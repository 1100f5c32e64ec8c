/** What a person is told of copies and of old data: each says what happened and what to do. */
import type { Core } from './core.ts';
import { QUIET_MS } from './own-life.ts';

export const QUARANTINE =
  "Another device is running with a copy of this one's data folder, so neither takes changes nor exchanges any. " +
  'Stop one of the two; the other goes on by itself about a minute and a half later. To keep both, start one of ' +
  'them with --new-identity and join it with an invite: what was written on either is kept.';

const STALE =
  'The data folder of this device is older than what its team remembers of it, as after restoring a backup. ' +
  'It fetches what it missed before it hands anything on.';

/** Warnings of this moment, for status, command line and window. */
export function lifeWarnings(core: Core): readonly string[] {
  const copied = [...core.copied].filter(([, seenMs]) => core.now.nowMs - seenMs < QUIET_MS).map(([member]) => {
    const name = core.roster.get(member)?.name ?? member;
    return `Two devices are running with the data folder of "${name}", so neither is let in. Stop one of them.`;
  });
  return [...(core.life.isStale ? [STALE] : []), ...copied];
}
