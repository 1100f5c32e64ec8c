/** Gossip among members on the team's topic. Lossy, unordered, deduplicated for two minutes. */
import type { GossipSub } from '@chainsafe/libp2p-gossipsub';
import { TopicValidatorResult } from '@chainsafe/libp2p-gossipsub';
import type { Gate } from '../ports.ts';
import type { MemberId } from '../types.ts';
import { BROADCAST_MAX_BYTES } from './limits.ts';
import { reasonOf } from './log.ts';
import type { NetLog } from './log.ts';

export interface BroadcastsInit {
  readonly pubsub: GossipSub;
  readonly topic: string;
  readonly gate: Gate;
  readonly log: NetLog;
  readonly onFrame: (from: MemberId, frame: Uint8Array) => void;
}

/** Subscribes; returns the way to publish, which never throws. */
export function startBroadcasts(init: BroadcastsInit): (frame: Uint8Array) => void {
  const { pubsub, topic, gate, log } = init;
  pubsub.topicValidators.set(topic, (_relay, message) => {
    const isSound =
      message.type === 'signed' &&
      message.data.byteLength <= BROADCAST_MAX_BYTES &&
      gate.isMember(message.from.toString());
    return isSound ? TopicValidatorResult.Accept : TopicValidatorResult.Ignore;
  });
  pubsub.addEventListener('gossipsub:message', (event) => {
    const { msg } = event.detail;
    if (msg.topic === topic && msg.type === 'signed') init.onFrame(msg.from.toString(), msg.data);
  });
  pubsub.subscribe(topic);
  return (frame) => {
    if (frame.byteLength > BROADCAST_MAX_BYTES) {
      log.warn({ bytes: frame.byteLength }, 'A broadcast is too large and was dropped.');
      return;
    }
    pubsub.publish(topic, frame).catch((error: unknown) => {
      log.debug({ reason: reasonOf(error) }, 'A broadcast was not published.');
    });
  };
}
