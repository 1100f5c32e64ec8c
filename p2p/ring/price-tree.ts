/**
 * Prices in a fixed order, of which the lowest, and the first below a limit, are found in steps of
 * the tree's height; the lowest of each half is kept above it.
 *
 *               3
 *          3         5
 *       7    3     5    ∞
 *
 * `Infinity` = not to be had.
 */
const LEAVES_MIN = 4;

export class PriceTree {
  /** The root is at 1, the halves of `node` at 2·node and 2·node + 1, the prices in the last half. */
  #lowest: Float64Array;
  /** False: only the prices are there. */
  #isBuilt = false;

  /** @param expected Prices, about; there may be more. */
  constructor(expected: number) {
    let leaves = LEAVES_MIN;
    while (leaves < expected) leaves *= 2;
    this.#lowest = new Float64Array(2 * leaves).fill(Infinity);
  }

  get lowest(): number {
    this.#build();
    return this.#lowest[1] ?? Infinity;
  }

  set(index: number, price: number): void {
    while (index >= this.#leaves) this.#grow();
    let node = this.#leaves + index;
    const lowest = this.#lowest;
    lowest[node] = price;
    if (!this.#isBuilt) return;
    for (node >>>= 1; node >= 1; node >>>= 1) {
      const of = Math.min(lowest[2 * node] ?? Infinity, lowest[2 * node + 1] ?? Infinity);
      if (lowest[node] === of) return;
      lowest[node] = of;
    }
  }

  /** The first of the lowest price. There has to be one. */
  firstLowest(): number {
    const price = this.lowest;
    return this.#first((lowest) => lowest === price);
  }

  /** The first below the limit. There has to be one. */
  firstBelow(limit: number): number {
    this.#build();
    return this.#first((lowest) => lowest < limit);
  }

  #first(isThere: (lowest: number) => boolean): number {
    const leaves = this.#leaves;
    let node = 1;
    while (node < leaves) node = isThere(this.#lowest[2 * node] ?? Infinity) ? 2 * node : 2 * node + 1;
    return node - leaves;
  }

  get #leaves(): number {
    return this.#lowest.length / 2;
  }

  #grow(): void {
    const leaves = this.#leaves;
    const prices = this.#lowest.subarray(leaves);
    this.#lowest = new Float64Array(4 * leaves).fill(Infinity);
    this.#lowest.set(prices, 2 * leaves);
    this.#isBuilt = false;
  }

  #build(): void {
    if (this.#isBuilt) return;
    this.#isBuilt = true;
    const lowest = this.#lowest;
    for (let node = this.#leaves - 1; node >= 1; node -= 1) lowest[node] = Math.min(lowest[2 * node] ?? Infinity, lowest[2 * node + 1] ?? Infinity);
  }
}
