/** Bytes that one side hands in piece by piece and the other reads as a stream. */

export class ByteFeed implements AsyncIterable<Buffer> {
  readonly #roomBytes: number;
  #pieces: Buffer[] = [];
  #bytes = 0;
  #end: 'open' | 'ended' | 'broken' = 'open';
  readonly #waiting = new Set<() => void>();

  /** @param roomBytes How much waits at most before there is no room for more. */
  constructor(roomBytes: number) {
    this.#roomBytes = roomBytes;
  }

  get hasRoom(): boolean {
    return this.#end === 'open' && this.#bytes < this.#roomBytes;
  }

  push(piece: Uint8Array): void {
    this.#pieces.push(Buffer.from(piece));
    this.#bytes += piece.length;
    this.#change();
  }

  end(): void {
    if (this.#end === 'open') this.#end = 'ended';
    this.#change();
  }

  /** The reader fails at once, whatever still waits. */
  break(): void {
    this.#end = 'broken';
    this.#pieces = [];
    this.#change();
  }

  /** Resolves at the next change: a piece that came or was read, or the end. */
  changed(): Promise<void> {
    return new Promise((resolve) => this.#waiting.add(resolve));
  }

  async *[Symbol.asyncIterator](): AsyncGenerator<Buffer, void> {
    for (;;) {
      if (this.#end === 'broken') throw new Error('broken off');
      const piece = this.#pieces.shift();
      if (piece !== undefined) {
        yield piece;
        // Read is what the reader comes back from.
        this.#bytes -= piece.length;
        this.#change();
      } else if (this.#end === 'ended') return;
      else await this.changed();
    }
  }

  #change(): void {
    const waiting = [...this.#waiting];
    this.#waiting.clear();
    for (const resolve of waiting) resolve();
  }
}
