/**
 * What happened. Every event goes into a hash, which tells whether two runs were the same; lines are
 * only written for a run that somebody wants to read.
 */
import type { Outcome } from '../../p2p/node/commands.ts';
import type { Effect, Event } from '../../p2p/node/events.ts';
import type { Message } from '../../p2p/wire/message.ts';
import type { EventQueue } from './queue.ts';

const LINES_MAX = 20_000;

/** `off`: the hash only. `kept`: lines for a failure. `printed`: lines, as they come. */
export type TraceMode = 'off' | 'kept' | 'printed';

export class Trace {
  hash = 0;
  count = 0;
  lines: string[] = [];
  readonly #queue: EventQueue;
  readonly #mode: TraceMode;

  constructor(queue: EventQueue, mode: TraceMode) {
    this.#queue = queue;
    this.#mode = mode;
  }

  add(member: string, text: string): void {
    this.#mix(text);
    if (this.#mode !== 'off') this.#line(member, text);
  }

  event(member: string, event: Event): void {
    this.#mix(event.kind);
    if (event.kind === 'message') this.#mix(event.message.kind);
    const text = this.#mode === 'off' ? undefined : eventText(event);
    if (text !== undefined) this.#line(member, text);
  }

  effect(member: string, effect: Effect): void {
    if (this.#mode === 'off') return;
    if (effect.kind === 'trace') this.#line(member, `· ${JSON.stringify(effect.event)}`);
    if (effect.kind === 'commit' && effect.batch.some(({ kind }) => kind !== 'meta')) {
      this.#line(member, `· commit ${effect.token}: ${effect.batch.map((m) => ('ref' in m ? `${m.kind} ${m.ref.bucket}/${m.ref.key}` : m.kind)).join(', ')}`);
    }
  }

  outcome(member: string, outcome: Outcome): void {
    this.#mix(outcome.kind);
    if (this.#mode !== 'off') this.#line(member, `! ${outcomeText(outcome)}`);
  }

  #line(member: string, text: string): void {
    const line = `${this.#queue.nowMs.toFixed(1).padStart(9)} ${member.padEnd(5)} ${text}`;
    this.lines.push(line);
    if (this.lines.length > LINES_MAX) this.lines = this.lines.slice(LINES_MAX / 2);
    if (this.#mode === 'printed') console.log(line);
  }

  #mix(text: string): void {
    this.count += 1;
    const shape = text.length * 256 + text.charCodeAt(text.length >> 1);
    this.hash = Math.imul(this.hash ^ shape ^ Math.floor(this.#queue.nowMs * 1_024), 0x01000193) >>> 0;
  }

  /** The end of the story, without what keeps a team idle. */
  tail(lines: number): string {
    const quiet = /heartbeat|gossip-|tree-roots|"exchange"/;
    return this.lines.filter((line) => !quiet.test(line)).slice(-lines).join('\n');
  }
}

function eventText(event: Event): string | undefined {
  switch (event.kind) {
    case 'client': {
      const { command } = event;
      if (command.kind === 'put') return `? put ${command.bucket}/${command.key}=${textOf(command.value)} id=${command.writeId ?? ''} w=${command.w ?? ''} ${command.context === undefined ? 'blind' : 'ctx'}`;
      return `? ${command.kind} ${'key' in command ? `${command.bucket}/${command.key}` : ''}`;
    }
    case 'message':
      return `< ${event.from} ${messageText(event.message)}`;
    case 'peer':
      return `${event.event.kind} ${event.event.member}`;
    case 'committed':
      return `· committed ${event.token}`;
    case 'store-failed':
      return `· store failed ${event.token}`;
    default:
      return undefined;
  }
}

function messageText(message: Message): string {
  const parts: string[] = [message.kind];
  if ('id' in message) parts.push(`#${message.id % 10_000}`);
  if ('key' in message) parts.push(message.key);
  if ('standsFor' in message && message.standsFor !== undefined) parts.push(`for ${message.standsFor}`);
  if ('durable' in message) parts.push(message.durable ? 'durable' : 'refused');
  return parts.join(' ');
}

function textOf(value: Uint8Array | undefined): string {
  return value === undefined ? '(delete)' : new TextDecoder().decode(value);
}

function outcomeText(outcome: Outcome): string {
  switch (outcome.kind) {
    case 'written':
      return `written, ${outcome.acks} of ${outcome.needed}: ${outcome.copies.map(({ member, role }) => `${member}${role === 'fallback' ? '*' : ''}`).join(' ')}`;
    case 'read':
      return `read ${outcome.siblings.map(({ value, dot }) => `${value === undefined ? '(deleted)' : new TextDecoder().decode(value)}@${dot}`).join(' | ')}`;
    case 'unreachable':
      return `unreachable, ${outcome.acks} of ${outcome.needed}`;
    default:
      return `${outcome.kind} ${'message' in outcome ? outcome.message : ''}`;
  }
}
