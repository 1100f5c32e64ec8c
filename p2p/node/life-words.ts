/** What a person is told of copies and of old data: each says what happened and what to do. */
import type { Core } from './core.ts';
import { QUIET_MS } from './own-life.ts';

const COPIED =
  "Another device is running with a copy of this one's data folder, so neither takes changes nor exchanges any. " +
  'Stop one of the two; the other goes on by itself about a minute and a half later. To keep both, start one of ' +
  'them with --new-identity and join it with an invite: what was written on either is kept.';

const STALE =
  'The data folder of this device is older than what its team remembers of it, as after restoring a backup. ' +
  'It fetches what it missed before it hands anything on.';

const UNSURE =
  'The data folder of this device was copied or put back from a backup, and it is not known yet whether the team has ' +
  'forgotten deletions since. It takes no changes and exchanges none until it has met a device of the team that was not, ' +
  'or all of them. Remove devices that will never come back.';

const BLANK = 'This device has not met any other device of its team yet. It takes changes as soon as it has.';

const BEHIND =
  'The data folder of this device is from before deletions that the team has forgotten since. It is being set aside, ' +
  'unharmed, and the device begins anew with what the others have.';

/** Why this member takes no changes now. */
export function quarantineOf({ life, horizon }: Core): string {
  if (life.isCopied) return COPIED;
  const { standing } = horizon;
  return standing === 'behind' ? BEHIND : standing === 'blank' ? BLANK : UNSURE;
}

/** Warnings of this moment, for status, command line and window. */
export function lifeWarnings(core: Core): readonly string[] {
  const copied = [...core.copied].filter(([, seenMs]) => core.now.nowMs - seenMs < QUIET_MS).map(([member]) => {
    const name = core.roster.get(member)?.name ?? member;
    return `Two devices are running with the data folder of "${name}", so neither is let in. Stop one of them.`;
  });
  return [...(core.life.isStale ? [STALE] : []), ...copied];
}
