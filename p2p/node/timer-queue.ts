/**
 * Things to do later, by virtual or real time: a binary heap with lazy cancellation. A request that is
 * answered cancels a timer that was set for seconds ahead; so that these do not pile up with the rate,
 * the heap is made anew when they are the most of it.
 */

/** Cancelled timers that are not worth a tidy. */
const CANCELLED_KEPT = 1_024;

export interface Timer {
  readonly atMs: number;
  /** Makes equal times fire in the order in which they were set. */
  readonly sequence: number;
  run: (() => void) | undefined;
}

export class TimerQueue {
  #heap: Timer[] = [];
  #sequence = 0;
  #cancelled = 0;

  /** With some cancelled ones: no more than there are others, and `CANCELLED_KEPT`. */
  get size(): number {
    return this.#heap.length;
  }

  get nextMs(): number | undefined {
    while (this.#heap[0] !== undefined && this.#heap[0].run === undefined) {
      this.#pop();
      this.#cancelled -= 1;
    }
    return this.#heap[0]?.atMs;
  }

  set(atMs: number, run: () => void): Timer {
    const timer: Timer = { atMs, sequence: this.#sequence++, run };
    this.#heap.push(timer);
    this.#up(this.#heap.length - 1);
    return timer;
  }

  cancel(timer: Timer | undefined): void {
    if (timer?.run === undefined) return;
    timer.run = undefined;
    this.#cancelled += 1;
    if (this.#cancelled > CANCELLED_KEPT && this.#cancelled > this.#heap.length / 2) this.#tidy();
  }

  /** The next that is due, taken out. */
  due(nowMs: number): (() => void) | undefined {
    const next = this.nextMs;
    if (next === undefined || next > nowMs) return undefined;
    const timer = this.#pop();
    const run = timer?.run;
    // Whoever cancels it from now on cancels nothing.
    if (timer !== undefined) timer.run = undefined;
    return run;
  }

  /** Only those that are to run: a list in order is a heap. */
  #tidy(): void {
    this.#heap = this.#heap.filter(({ run }) => run !== undefined).sort((a, b) => a.atMs - b.atMs || a.sequence - b.sequence);
    this.#cancelled = 0;
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
