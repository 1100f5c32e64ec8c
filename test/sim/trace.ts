/** What happened, one line an event: its hash tells whether two runs were the same. */
import type { Effect, Event } from '../../p2p/node/events.ts';
import type { Message } from '../../p2p/wire/message.ts';
import type { EventQueue } from './queue.ts';
import { hashText } from './random.ts';

const LINES_MAX = 20_000;

export class Trace {
  hash = 0;
  count = 0;
  lines: string[] = [];
  readonly #queue: EventQueue;
  readonly #print: boolean;

  constructor(queue: EventQueue, print: boolean) {
    this.#queue = queue;
    this.#print = print;
  }

  add(member: string, text: string): void {
    const line = `${this.#queue.nowMs.toFixed(1).padStart(9)} ${member.padEnd(5)} ${text}`;
    this.count += 1;
    this.hash = hashText(line, this.hash);
    this.lines.push(line);
    if (this.lines.length > LINES_MAX) this.lines = this.lines.slice(LINES_MAX / 2);
    if (this.#print) console.log(line);
  }

  event(member: string, event: Event): void {
    const text = eventText(event);
    if (text !== undefined) this.add(member, text);
  }

  effect(member: string, effect: Effect): void {
    if (effect.kind === 'trace') this.add(member, `· ${JSON.stringify(effect.event)}`);
    if (effect.kind === 'commit' && effect.batch.some(({ kind }) => kind !== 'meta')) {
      this.add(member, `· commit ${effect.token}: ${effect.batch.map((m) => ('ref' in m ? `${m.kind} ${m.ref.key}` : m.kind)).join(', ')}`);
    }
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
      if (command.kind === 'put') return `? put ${command.key}=${textOf(command.value)} id=${command.writeId ?? ''} w=${command.w ?? ''} ${command.context === undefined ? 'blind' : 'ctx'}`;
      return `? ${command.kind} ${'key' in command ? command.key : ''}`;
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
