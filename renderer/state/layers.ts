/**
 * Whose a key is: while a dialog, a popover, a menu or the palette lies over the screen, the screen has
 * none. It is looked up as a key goes down, before anybody acts on it: what Esc closes is gone by
 * the time the screen hears of that Esc.
 */

import { isTyping } from './shortcuts.ts';

const OPEN_LAYER = '[role="dialog"], [role="menu"]';

export class Layers {
  readonly #covered = new WeakSet<Event>();

  constructor() {
    const note = (event: KeyboardEvent): void => {
      // A letter in a text field is no shortcut, and a long form takes its time to be looked through.
      const isLetter = event.key.length === 1 && isTyping(event) && !(event.ctrlKey || event.metaKey || event.altKey);
      if (!isLetter && document.querySelector(OPEN_LAYER) !== null) this.#covered.add(event);
    };
    window.addEventListener('keydown', note, { capture: true });
  }

  /** True when something lay over the screen as this key went down. */
  cover(event: KeyboardEvent): boolean {
    return this.#covered.has(event);
  }
}
