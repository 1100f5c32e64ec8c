/** The ring on the screen: who keeps what, kept up to date, and where one key stands on it. */
import type { Api, ApiEvent, KeyName, Placement, RingInfo } from '../../main/api/contract.ts';
import { messageOf } from './client.ts';
import { oneAtATime } from './one-at-a-time.ts';

export interface RingPorts {
  readonly api: Pick<Api, 'ring' | 'placement'>;
  readonly onEvent: (handler: (event: ApiEvent) => void) => () => void;
  /** The engine is back: events of the time between were missed. */
  readonly onReconnect: (handler: () => void) => () => void;
}

export type Lookup =
  | { readonly state: 'looking' | 'found'; readonly name: KeyName; readonly placement: Placement | null }
  | { readonly state: 'failed'; readonly name: KeyName; readonly placement: null; readonly message: string };

export class RingScreen {
  readonly #ports: RingPorts;
  readonly #closers: readonly (() => void)[];
  ring = $state.raw<RingInfo | null>(null);
  /** Why the last answer did not come, or `null`. */
  trouble = $state<string | null>(null);
  lookup = $state.raw<Lookup | null>(null);
  /** The member whose partitions are shown alone. */
  selected = $state<string | null>(null);
  /** The partition that the pointer or the keyboard is at. */
  probed = $state<number | null>(null);
  showsTable = $state(false);

  /** What is known is kept when an answer fails. */
  readonly refresh = oneAtATime(async () => {
    try {
      const ring = await this.#ports.api.ring({});
      if (ring.version !== this.ring?.version) this.ring = ring;
      this.trouble = null;
    } catch (error) {
      this.trouble = messageOf(error);
    }
  });

  readonly #ask = oneAtATime(async () => {
    const asked = this.lookup?.name;
    if (asked === undefined) return;
    const answer = await this.#ports.api.placement(asked).then(
      (placement): Lookup => ({ state: 'found', name: asked, placement }),
      (error: unknown): Lookup => ({ state: 'failed', name: asked, placement: null, message: messageOf(error) }),
    );
    // Somebody may have asked for another key meanwhile.
    if (this.lookup?.name === asked) this.lookup = answer;
  });

  constructor(ports: RingPorts) {
    this.#ports = ports;
    this.#closers = [
      ports.onEvent((event) => this.#onEvent(event)),
      ports.onReconnect(() => this.#renew()),
    ];
    void this.refresh();
  }

  close(): void {
    for (const close of this.#closers) close();
  }

  /** Shows a key, or none. */
  lookUp(name: KeyName | null): Promise<void> {
    const known = this.lookup?.name;
    if (name === null) this.lookup = null;
    else if (known?.bucket !== name.bucket || known.key !== name.key) this.lookup = { state: 'looking', name, placement: null };
    return this.#ask();
  }

  select(member: string): void {
    this.selected = this.selected === member ? null : member;
  }

  /** Moves round the ring, over its end too. */
  probe(partition: number): void {
    const count = this.ring?.partitions ?? 0;
    if (count > 0) this.probed = ((Math.floor(partition) % count) + count) % count;
  }

  #renew(): void {
    void this.refresh();
    void this.#ask();
  }

  #onEvent(event: ApiEvent): void {
    if (event.type === 'members' || event.type === 'team') this.#renew();
    else if ('key' in event && event.bucket === this.lookup?.name.bucket && event.key === this.lookup.name.key) void this.#ask();
  }
}
