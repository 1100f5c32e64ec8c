/** Places where a test can break the system on purpose, to see that the checkers notice. */
import type { Effect, Event, Now } from '../../p2p/node/events.ts';
import type { Node } from '../../p2p/node/node.ts';
import type { Message } from '../../p2p/wire/message.ts';
import type { DiskFlaws } from './disk-flaws.ts';

export interface Tamper {
  readonly disk?: DiskFlaws;
  readonly message?: (message: Message) => Message | undefined;
  readonly effects?: (effects: readonly Effect[]) => readonly Effect[];
  readonly event?: (event: Event) => Event | undefined;
  readonly now?: (now: Now) => Now;
  /** Called with each node before its first step: a test may replace parts of it. */
  readonly node?: (node: Node) => void;
}
