/** A node that keeps every key with two others, and what it asks of the world. */
import assert from 'node:assert/strict';
import type { NodeConfig } from '../../../../p2p/config.ts';
import type { Command } from '../../../../p2p/node/commands.ts';
import type { Effect, Event, Now } from '../../../../p2p/node/events.ts';
import type { Message } from '../../../../p2p/wire/message.ts';
import { testNode } from './test-node.ts';

export const START: Now = { nowMs: 1_000, wallMs: 1_000 };
/** Of requests that these tests let expire. */
export const TIMEOUT_MS = 200;

/** Ada, who keeps every key with Ben and Cleo, and what she asks of the world for one request. */
export function trio(config: Partial<NodeConfig> = {}) {
  const node = testNode({ others: ['ben', 'cleo'], config });
  node.start(START);
  node.core.isWatched = true;
  for (const member of ['ben', 'cleo']) node.core.detector.connected(member, START.nowMs);
  node.step({ kind: 'leased', through: 100 }, START);
  let now = START;
  const step = (event: Event): readonly Effect[] => node.step(event, now);
  return {
    node,
    step,
    ask: (command: Command): readonly Effect[] => step({ kind: 'client', token: 7, command }),
    answer: (from: string, message: Message): readonly Effect[] => step({ kind: 'message', from, message }),
    wait: (ms: number): void => {
      now = { nowMs: now.nowMs + ms, wallMs: now.wallMs + ms };
    },
    expire: (): readonly Effect[] => {
      now = { nowMs: START.nowMs + TIMEOUT_MS + 1, wallMs: START.wallMs + TIMEOUT_MS + 1 };
      return step({ kind: 'wake' });
    },
  };
}

export function tokenOf(effects: readonly Effect[], kind: 'read' | 'commit' | 'query'): number {
  const effect = effects.find((one) => one.kind === kind);
  return effect?.kind === kind ? effect.token : assert.fail(`no ${kind}`);
}

export function sent(effects: readonly Effect[], kind: 'replicate' | 'read'): readonly { readonly to: string; readonly id: number }[] {
  return effects.flatMap((effect) => (effect.kind === 'send' && effect.message.kind === kind ? [{ to: effect.to, id: effect.message.id }] : []));
}

export function outcomes(effects: readonly Effect[]): readonly string[] {
  return effects.flatMap((effect) => (effect.kind === 'reply' ? [effect.outcome.kind] : []));
}
