import type { MemberId } from '../types.ts';
import type { Core, ReplyMessage, RequestBody } from './core.ts';

/** Repair and transfer are patient: a peer under load answers late. */
const REPLY_WITHIN_MS = 10_000;
/** A peer with too much under way is asked again after this, then after twice that, and so on. */
const BACK_OFF_MIN_MS = 50;
const BACK_OFF_MAX_MS = 2_000;

/** A request on the bulk lane with a timer of its own, asked again while the peer is overloaded. `undefined` = no answer. */
export function ask(core: Core, peer: MemberId, message: RequestBody, done: (reply: ReplyMessage | undefined) => void): void {
  let again: ReturnType<Core['after']> | undefined;
  let id = 0;
  let waitMs = BACK_OFF_MIN_MS;
  const timer = core.after(REPLY_WITHIN_MS, () => {
    core.forget(id);
    core.timers.cancel(again);
    done(undefined);
  });
  const send = (): void => {
    id = core.request(peer, 'bulk', message, (reply, isOverloaded) => {
      if (isOverloaded) {
        again = core.after(waitMs, send);
        waitMs = Math.min(2 * waitMs, BACK_OFF_MAX_MS);
        return;
      }
      core.timers.cancel(timer);
      done(reply);
    });
  };
  send();
}
