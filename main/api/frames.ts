/** One client's frames in, answers and events out: the same over a MessagePort and a WebSocket. */
import { ApiError, errorBody } from './api-error.ts';
import type { ServerFrame } from './contract.ts';
import type { Dispatch } from './dispatch.ts';
import { isCallName } from './params.ts';

export interface FrameSession {
  /** A frame as it came, already parsed. Never throws. */
  receive(frame: unknown): void;
  close(): void;
}

const CALLS_IN_FLIGHT_MAX = 256;

export function openSession(
  dispatch: Dispatch,
  send: (frame: ServerFrame) => void,
  onUnexpected: (error: unknown) => void,
): FrameSession {
  const stopEvents = dispatch.onEvent((event) => send({ event }));
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

function isFrame(frame: unknown): frame is { readonly id: number; readonly call?: unknown; readonly params?: unknown } {
  return typeof frame === 'object' && frame !== null && 'id' in frame && Number.isSafeInteger(frame.id);
}
