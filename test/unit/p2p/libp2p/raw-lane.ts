/** A lane that a test opens with its own hands, as the side that dials, up to where the hellos begin. */
import type { Connection, Stream } from '@libp2p/interface';
import { frameHeader, FrameReader } from '../../../../p2p/libp2p/frame-reader.ts';
import { LANE_PROTOCOLS } from '../../../../p2p/libp2p/links.ts';
import { TeamProof } from '../../../../p2p/libp2p/team-proof.ts';
import type { Lane } from '../../../../p2p/ports.ts';

export interface RawLane {
  readonly stream: Stream;
  say(payload: Uint8Array): void;
  /** The next frame that comes. */
  next(): Promise<Uint8Array>;
}

/** @param secret Of the team; any other bytes make somebody who does not belong. */
export async function openRawLane(connection: Connection, lane: Lane, self: string, secret: Uint8Array): Promise<RawLane> {
  const raw = rawLane(await connection.newStream(LANE_PROTOCOLS[lane]));
  const proof = new TeamProof(secret, { dialler: self, listener: connection.remotePeer.toString() }, 'dialler');
  if (proof.opening !== undefined) raw.say(proof.opening);
  const { state, say } = proof.take(await raw.next());
  if (state !== 'proven' || say === undefined) throw new Error('the listener is of another team');
  raw.say(say);
  return raw;
}

export function rawLane(stream: Stream): RawLane {
  const frames: Uint8Array[] = [];
  let wake = (): void => undefined;
  const reader = new FrameReader();
  stream.addEventListener('message', (event) => {
    reader.push(event.data, (frame) => frames.push(frame));
    wake();
  });
  return {
    stream,
    say: (payload) => void stream.send(Buffer.concat([frameHeader(payload.byteLength), payload])),
    next: async () => {
      for (let frame = frames.shift(); ; frame = frames.shift()) {
        if (frame !== undefined) return frame;
        await new Promise<void>((resolve) => {
          wake = resolve;
        });
      }
    },
  };
}
