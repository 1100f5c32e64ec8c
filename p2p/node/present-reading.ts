/** A reading as a client sees it. */
import { dotName } from '../causality/dot.ts';
import type { StoredSibling } from '../causality/key-object.ts';
import { distinctWrites } from '../causality/replaced-writes.ts';
import type { KeyRef } from '../types.ts';
import type { ReadOutcome, ReadSibling } from './commands.ts';
import type { Core } from './core.ts';
import type { Reading } from './get-coordinator.ts';
import { tokenOf } from './replica.ts';

/** @param base The version that its siblings come from, where one is known. */
export function presentReading(core: Core, ref: KeyRef, reading: Reading, base: StoredSibling | undefined): ReadOutcome {
  return {
    kind: 'read',
    context: contextOf(core, ref, reading),
    siblings: distinctWrites(reading.object.siblings).map(readSibling),
    base: base && readSibling(base),
    replies: reading.replies.map(({ member, role }) => ({ member, role })),
    needed: reading.needed,
    acks: reading.replies.length,
  };
}

/** Empty when nothing was ever written. */
export function contextOf(core: Core, ref: KeyRef, { object }: Reading): string {
  return object.context.upper.size === 0 ? '' : tokenOf(core, ref, object);
}

export function readSibling(sibling: StoredSibling): ReadSibling {
  const { value, contentType, writtenBy, writtenAt, dot } = sibling;
  return { value, contentType, dot: dotName(dot), writtenBy, writtenAt };
}
