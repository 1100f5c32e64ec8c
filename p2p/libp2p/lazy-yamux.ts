/**
 * Yamux that credits the sender after half a window, as go-yamux does. Stock js yamux answers each
 * data frame with a window update of its own, encrypted and written: half of all frames. The
 * sender always holds at least half a window, so it never waits for an update that does not come.
 *
 * It replaces `sendWindowUpdate` on each stream, found by shape; where the shape is not as known,
 * the stream stays stock. Pinned: @libp2p/yamux 8.
 */
import { yamux } from '@libp2p/yamux';
import type { Stream, StreamMuxer } from '@libp2p/interface';

type YamuxInit = NonNullable<Parameters<typeof yamux>[0]>;
type Yamux = ReturnType<typeof yamux>;

/** `StreamState` of yamux 8: the states that carry no flag in their next frame. */
const SYN_SENT = 1;
const ESTABLISHED = 3;

/** A drop-in for `yamux(init)`. */
export function lazyYamux(init: YamuxInit): Yamux {
  const stock = yamux(init);
  return () => {
    const factory = stock();
    const create = factory.createStreamMuxer.bind(factory);
    factory.createStreamMuxer = (connection) => {
      const muxer = create(connection);
      patchStreams(muxer);
      return muxer;
    };
    return factory;
  };
}

interface StreamMaker {
  _newStream(...args: unknown[]): Stream;
}

function patchStreams(muxer: StreamMuxer): void {
  if (!makesStreams(muxer)) return;
  const make = muxer._newStream.bind(muxer);
  muxer._newStream = (...args) => {
    const stream = make(...args);
    if (hasWindow(stream)) updateByHalves(stream);
    return stream;
  };
}

interface Windowed {
  state: number;
  recvWindow: number;
  recvWindowCapacity: number;
  sendWindowUpdate(): void;
}

function updateByHalves(stream: Windowed): void {
  const update = stream.sendWindowUpdate.bind(stream);
  stream.sendWindowUpdate = () => {
    const isQuiet = stream.state === ESTABLISHED || stream.state === SYN_SENT;
    if (isQuiet && stream.recvWindowCapacity > stream.recvWindow / 2) return;
    update();
  };
}

function makesStreams(muxer: StreamMuxer): muxer is StreamMuxer & StreamMaker {
  return '_newStream' in muxer && typeof muxer._newStream === 'function';
}

function hasWindow(stream: object): stream is Windowed {
  const has = (name: keyof Windowed, type: string): boolean =>
    typeof Reflect.get(stream, name) === type;
  if (!has('state', 'number') || !has('sendWindowUpdate', 'function')) return false;
  return has('recvWindow', 'number') && has('recvWindowCapacity', 'number');
}
