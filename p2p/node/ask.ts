/**
 * Requests of repair, hints and transfers, which nobody waits for. A large object takes minutes on a
 * slow link, and to ask again meanwhile sends it again: so an answer is waited for as long as what
 * is on the way to or from the peer gets on, and some seconds more.
 *
 *     asked ──── gets on ─ gets on ─ gets on ──── quiet for REPLY_WITHIN_MS ──► given up
 *              each moves the end on, up to WHOLE_MAX_MS
 *
 * Whose frame a lane carries is not told: one that waits behind another's is as good as under way, and
 * one that was dropped is asked for again once the lane is quiet, not into the throng.
 */
import type { MemberId } from '../types.ts';
import { FRAME_BYTES, FRAME_TIME_MAX_MS } from '../wire/limits.ts';
import type { Core, ReplyMessage, RequestBody } from './core.ts';

/** Repair and transfer are patient: a peer under load answers late. */
const REPLY_WITHIN_MS = 10_000;
/** Two of the largest frames, one behind the other, and the answer. Less than `reapQuietMs`. */
const WHOLE_MAX_MS = 2 * FRAME_TIME_MAX_MS + REPLY_WITHIN_MS;
/** What has left here may be in buffers of the system, where nobody sees it get on: so much of it, and at this pace. */
const UNSEEN_BYTES_MAX = 4 * 1024 * 1024;
const SLOWEST_BYTES_A_MS = FRAME_BYTES / FRAME_TIME_MAX_MS;
/** A peer with too much under way is asked again after this, then after twice that, and so on. */
const BACK_OFF_MIN_MS = 50;
const BACK_OFF_MAX_MS = 2_000;

/** A request on the bulk lane with a timer of its own, asked again while the peer is overloaded. `undefined` = no answer. */
export function ask(core: Core, peer: MemberId, message: RequestBody, done: (reply: ReplyMessage | undefined) => void): void {
  const startMs = core.now.nowMs;
  const patienceMs = REPLY_WITHIN_MS + unseenMs(message);
  let again: ReturnType<Core['after']> | undefined;
  let id = 0;
  let waitMs = BACK_OFF_MIN_MS;
  const look = (): void => {
    const endMs = Math.min(startMs + WHOLE_MAX_MS, Math.max(startMs, core.vitals.movingMs(peer)) + patienceMs);
    if (core.now.nowMs < endMs) {
      timer = core.after(endMs - core.now.nowMs, look);
      return;
    }
    core.forget(id);
    core.timers.cancel(again);
    done(undefined);
  };
  let timer = core.after(patienceMs, look);
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

function unseenMs(message: RequestBody): number {
  return 'object' in message && message.object !== undefined ? Math.min(message.object.length, UNSEEN_BYTES_MAX) / SLOWEST_BYTES_A_MS : 0;
}
