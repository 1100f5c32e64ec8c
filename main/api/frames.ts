/**
 * One client's frames in, answers and events out: the same over a MessagePort and a WebSocket.
 *
 * A MessagePort tells nobody how much it holds, so its client says how many events it has taken.
 * One that hangs is told of no more than `untakenMax`; once it has caught up it hears that it
 * missed some, which is one event however many there were, and asks anew for what it shows.
 */
import { ApiError, errorBody } from './api-error.ts';
import type { ApiEvent, ServerFrame } from './contract.ts';
import type { Dispatch } from './dispatch.ts';
import { isCallName } from './params.ts';

export interface FrameSession {
  /** A frame as it came, already parsed. Never throws. */
  receive(frame: unknown): void;
  close(): void;
}

const CALLS_IN_FLIGHT_MAX = 256;

/** @param untakenMax Events that the client may have before it. Without it the way there has a bound of its own. */
export function openSession(
  dispatch: Dispatch,
  send: (frame: ServerFrame) => void,
  onUnexpected: (error: unknown) => void,
  untakenMax = Infinity,
): FrameSession {
  let sent = 0;
  let taken = 0;
  let hasMissed = false;
  const tell = (event: ApiEvent): void => {
    sent += 1;
    send({ event });
  };
  const stopEvents = dispatch.onEvent((event) => {
    hasMissed ||= sent - taken >= untakenMax;
    if (!hasMissed) tell(event);
  });
  const take = (count: number): void => {
    // What a client says is held against what it was sent.
    if (count <= taken || count > sent) return;
    taken = count;
    if (!hasMissed || sent - taken > untakenMax / 2) return;
    hasMissed = false;
    tell({ type: 'missed' });
  };
  let open = true;
  let inFlight = 0;

  const answer = (frame: ServerFrame): void => {
    if (open) send(frame);
  };
  const serve = async (id: number, call: unknown, params: unknown): Promise<void> => {
    inFlight += 1;
    try {
      if (inFlight > CALLS_IN_FLIGHT_MAX) throw new ApiError('OVERLOADED', 'Too many calls at once.');
      if (!isCallName(call)) throw new ApiError('BAD_REQUEST', 'There is no such call.');
      answer({ id, result: await dispatch.call(call, params) });
    } catch (error) {
      if (!(error instanceof ApiError)) onUnexpected(error);
      answer({ id, error: errorBody(error) });
    } finally {
      inFlight -= 1;
    }
  };

  return {
    receive(frame) {
      if (isTaken(frame)) return take(frame.taken);
      // A frame without a number cannot be answered: it is dropped.
      if (!isFrame(frame)) return;
      void serve(frame.id, frame.call, frame.params);
    },
    close() {
      open = false;
      stopEvents();
    },
  };
}

function isTaken(frame: unknown): frame is { readonly taken: number } {
  return typeof frame === 'object' && frame !== null && 'taken' in frame && Number.isSafeInteger(frame.taken);
}

function isFrame(frame: unknown): frame is { readonly id: number; readonly call?: unknown; readonly params?: unknown } {
  return typeof frame === 'object' && frame !== null && 'id' in frame && Number.isSafeInteger(frame.id);
}
