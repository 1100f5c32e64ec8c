import type { MemberId } from '../types.ts';
import type { Core, ReplyMessage, RequestBody } from './core.ts';

/** Repair and transfer are patient: a peer under load answers late. */
const REPLY_WITHIN_MS = 10_000;

/** A request on the bulk lane with a timer of its own. `undefined` = no answer. */
export function ask(core: Core, peer: MemberId, message: RequestBody, done: (reply: ReplyMessage | undefined) => void): void {
  const timer = core.after(REPLY_WITHIN_MS, () => {
    core.forget(id);
    done(undefined);
  });
  const id = core.request(peer, 'bulk', message, (reply) => {
    core.timers.cancel(timer);
    done(reply);
  });
}
