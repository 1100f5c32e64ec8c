/**
 * Noise with its data path joined. Stock noise encrypts each muxer frame on its own and writes its
 * length and its ciphertext apart: five socket writes a read. Here all that the muxer sends in a
 * turn becomes one encryption, and the socket is corked around it, so a turn is one write.
 * Nothing on the wire changes: a peer with stock noise understands it.
 *
 * It takes hold of two things that are no public interface (the secured stream's `send` and
 * `safeDispatchEvent`, the connection's `socket`). Both are looked for first; what is not there is
 * left stock. Pinned: @libp2p/noise 17, @libp2p/tcp 11.
 */
import { noise } from '@libp2p/noise';
import type { ConnectionEncrypter, MessageStream, SecuredConnection } from '@libp2p/interface';
import { Uint8ArrayList } from 'uint8arraylist';
import { noiseCipher } from './noise-cipher.ts';

/** Above this the muxer is told to wait, as it is by a full socket. */
const PENDING_MAX_BYTES = 1024 * 1024;

type Noise = ReturnType<typeof noise>;

/** A drop-in for `noise()`. */
export function joinedNoise(): Noise {
  const stock = noise({ crypto: noiseCipher() });
  return (components) => {
    const encrypter: ConnectionEncrypter = stock(components);
    const secureOutbound = encrypter.secureOutbound.bind(encrypter);
    const secureInbound = encrypter.secureInbound.bind(encrypter);
    encrypter.secureOutbound = async (raw, options) => joined(raw, await secureOutbound(raw, options));
    encrypter.secureInbound = async (raw, options) => joined(raw, await secureInbound(raw, options));
    // The same object that stock made, with two methods replaced.
    return encrypter as ReturnType<Noise>;
  };
}

function joined<T>(raw: MessageStream, secured: SecuredConnection<T>): SecuredConnection<T> {
  if (canSignalDrain(secured.connection)) joinSends(secured.connection, corkOf(raw));
  return secured;
}

interface DrainSignaller {
  safeDispatchEvent(type: 'drain'): unknown;
}

function canSignalDrain(stream: MessageStream): stream is MessageStream & DrainSignaller {
  return 'safeDispatchEvent' in stream && typeof stream.safeDispatchEvent === 'function';
}

function joinSends(stream: MessageStream & DrainSignaller, cork: Cork): void {
  const sendNow = stream.send.bind(stream);
  let pending = new Uint8ArrayList();
  let scheduled = false;
  let toldToWait = false;

  const flush = (): void => {
    scheduled = false;
    if (pending.byteLength === 0 || stream.status !== 'open') return;
    const batch = pending;
    pending = new Uint8ArrayList();
    cork.begin();
    try {
      const canSendMore = sendNow(batch);
      // When the socket is full its own drain event follows; otherwise nobody else would tell.
      if (toldToWait && canSendMore) stream.safeDispatchEvent('drain');
      toldToWait = false;
    } catch (error) {
      stream.abort(error instanceof Error ? error : new Error(String(error)));
    } finally {
      cork.end();
    }
  };

  stream.send = (data) => {
    pending.append(data);
    if (!scheduled) {
      scheduled = true;
      queueMicrotask(flush);
    }
    if (stream.writableNeedsDrain) return false;
    toldToWait ||= pending.byteLength > PENDING_MAX_BYTES;
    return !toldToWait;
  };
}

interface Cork {
  begin(): void;
  end(): void;
}

function corkOf(raw: MessageStream): Cork {
  const socket: unknown = 'socket' in raw ? raw.socket : undefined;
  if (!isCorkable(socket)) return { begin: () => undefined, end: () => undefined };
  return {
    begin: () => {
      socket.cork();
    },
    end: () => {
      socket.uncork();
    },
  };
}

function isCorkable(value: unknown): value is { cork(): void; uncork(): void } {
  if (typeof value !== 'object' || value === null || !('cork' in value)) return false;
  return typeof value.cork === 'function' && 'uncork' in value && typeof value.uncork === 'function';
}
