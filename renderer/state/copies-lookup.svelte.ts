/** Where the copies of one key are, asked when somebody looks, and again when something happens to it. */
import type { Api, ApiEvent, KeyName, Placement, ReadResult } from '../../main/api/contract.ts';
import { isChange, messageOf } from './client.ts';
import { oneAtATime } from './one-at-a-time.ts';

export interface CopiesPorts {
  readonly api: Pick<Api, 'placement'>;
  /** The key as well as it can be read now. */
  readonly read: (name: KeyName) => Promise<ReadResult>;
  readonly onEvent: (handler: (event: ApiEvent) => void) => () => void;
}

export interface FoundCopies {
  readonly placement: Placement;
  /** Dots of what is there now. */
  readonly dots: readonly string[];
}

export class CopiesLookup {
  readonly name: KeyName;
  readonly #ports: CopiesPorts;
  readonly #unsubscribe: () => void;
  /** `null` before the first answer. */
  found = $state.raw<FoundCopies | null>(null);
  asking = $state(false);
  error = $state<string | null>(null);

  readonly refresh = oneAtATime(async () => {
    this.asking = true;
    try {
      const [placement, read] = await Promise.all([this.#ports.api.placement(this.name), this.#ports.read(this.name)]);
      this.found = { placement, dots: read.siblings.map(({ dot }) => dot) };
      this.error = null;
    } catch (error) {
      this.error = messageOf(error);
    } finally {
      this.asking = false;
    }
  });

  constructor(ports: CopiesPorts, name: KeyName) {
    this.#ports = ports;
    this.name = name;
    this.#unsubscribe = ports.onEvent((event) => {
      const isOurs = (isChange(event) || event.type === 'copies') && event.bucket === name.bucket && event.key === name.key;
      if (isOurs || event.type === 'members' || event.type === 'missed') void this.refresh();
    });
    void this.refresh();
  }

  close(): void {
    this.#unsubscribe();
  }
}
