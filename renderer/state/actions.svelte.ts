/** What the views on the page can do now. The palette offers it too, so nothing needs a pointer. */
import { untrack } from 'svelte';

export interface Action {
  readonly id: string;
  readonly label: string;
  /** Where it belongs: one word. */
  readonly detail: string;
  readonly run: () => void;
  /** Absent: always. */
  readonly can?: () => boolean;
}

export class Actions {
  #offers = $state.raw<readonly (readonly Action[])[]>([]);

  /** Those that can be done; the view opened last comes first. */
  get now(): readonly Action[] {
    return this.#offers.flat().filter((action) => action.can?.() ?? true);
  }

  /** For an `$effect` of a view: what it returns takes the offer back. */
  offer(actions: readonly Action[]): () => void {
    untrack(() => (this.#offers = [actions, ...this.#offers]));
    return () => untrack(() => (this.#offers = this.#offers.filter((one) => one !== actions)));
  }
}
