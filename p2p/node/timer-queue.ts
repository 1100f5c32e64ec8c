/** Things to do later, by virtual or real time: a binary heap with lazy cancellation. */

export interface Timer {
  readonly atMs: number;
  /** Makes equal times fire in the order in which they were set. */
  readonly sequence: number;
  run: (() => void) | undefined;
}

export class TimerQueue {
  readonly #heap: Timer[] = [];
  #sequence = 0;

  /** Cancelled ones included, until their time comes. */
  get size(): number {
    return this.#heap.length;
  }

  get nextMs(): number | undefined {
    while (this.#heap[0] !== undefined && this.#heap[0].run === undefined) this.#pop();
    return this.#heap[0]?.atMs;
  }

  set(atMs: number, run: () => void): Timer {
    const timer: Timer = { atMs, sequence: this.#sequence++, run };
    this.#heap.push(timer);
    this.#up(this.#heap.length - 1);
    return timer;
  }

  cancel(timer: Timer | undefined): void {
    if (timer !== undefined) timer.run = undefined;
  }

  /** The next that is due, taken out. */
  due(nowMs: number): (() => void) | undefined {
    const next = this.nextMs;
    if (next === undefined || next > nowMs) return undefined;
    return this.#pop()?.run;
  }

  #pop(): Timer | undefined {
    const top = this.#heap[0];
    const last = this.#heap.pop();
    if (last !== undefined && last !== top) {
      this.#heap[0] = last;
      this.#down(0);
    }
    return top;
  }

  #up(from: number): void {
    let index = from;
    while (index > 0) {
      const parent = (index - 1) >> 1;
      if (!this.#swapIfEarlier(index, parent)) return;
      index = parent;
    }
  }

  #down(from: number): void {
    let index = from;
    for (;;) {
      const left = 2 * index + 1;
      const right = left + 1;
      const child = this.#isEarlier(right, left) ? right : left;
      if (!this.#swapIfEarlier(child, index)) return;
      index = child;
    }
  }

  #swapIfEarlier(a: number, b: number): boolean {
    if (!this.#isEarlier(a, b)) return false;
    const [first, second] = [this.#heap[a], this.#heap[b]];
    if (first !== undefined) this.#heap[b] = first;
    if (second !== undefined) this.#heap[a] = second;
    return true;
  }

  #isEarlier(a: number, b: number): boolean {
    const [first, second] = [this.#heap[a], this.#heap[b]];
    if (first === undefined) return false;
    if (second === undefined) return true;
    return first.atMs === second.atMs ? first.sequence < second.sequence : first.atMs < second.atMs;
  }
}
