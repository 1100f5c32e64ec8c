/** How often something is in force. */
export class Counts {
  readonly #counts = new Map<string, number>();

  add(name: string): void {
    this.#counts.set(name, this.of(name) + 1);
  }

  drop(name: string): void {
    const left = this.of(name) - 1;
    if (left > 0) this.#counts.set(name, left);
    else this.#counts.delete(name);
  }

  of(name: string): number {
    return this.#counts.get(name) ?? 0;
  }

  has(name: string): boolean {
    return this.#counts.size > 0 && this.#counts.has(name);
  }

  clear(): void {
    this.#counts.clear();
  }
}
