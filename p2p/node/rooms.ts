/**
 * How long a request takes room here: until it is answered, and until the own disk owes nothing of
 * what it was asked for it. Others may make up a quorum while this disk stands still: what it is
 * to keep waits in memory, so no more of that is taken on than there is room for.
 *
 *     request ── room ──┬─► answered ───────────────────┐
 *                       ├─► reads, commits ─► all done ─┴─► room again
 *                       └─► waits behind another write of its key, or for a dot
 *
 * Which request a question to the disk is for is told by the step in which it is asked: one that
 * serves the request, or goes on with it after an answer, a timer or a word of a peer.
 *
 * Invariants: room is given back once, and a request that has given it back takes none any more.
 */

/** What requests of one kind, or of one peer, take of this member. */
export interface Load {
  requests: number;
  bytes: number;
}

/** The room of one request. */
export class Room {
  readonly #loads: readonly Load[];
  readonly #freed: () => void;
  #bytes = 0;
  /** The answer is owed. */
  #holds = 1;

  /** @param loads To which it counts. @param freed Called once it counts no more. */
  constructor(bytes: number, loads: readonly Load[], freed: () => void = () => undefined) {
    this.#loads = loads;
    this.#freed = freed;
    for (const load of loads) load.requests += 1;
    this.grow(bytes);
  }

  /** It holds more than was thought when it came. */
  grow(bytes: number): void {
    if (this.#holds === 0) return;
    this.#bytes += bytes;
    for (const load of this.#loads) load.bytes += bytes;
  }

  hold(): void {
    if (this.#holds > 0) this.#holds += 1;
  }

  release(): void {
    if (this.#holds === 0) return;
    this.#holds -= 1;
    if (this.#holds > 0) return;
    for (const load of this.#loads) {
      load.requests -= 1;
      load.bytes -= this.#bytes;
    }
    this.#freed();
  }
}

export class Rooms {
  /** Of the request that is worked on now. */
  #current: Room | undefined;

  within(room: Room | undefined, work: () => void): void {
    const before = this.#current;
    this.#current = room;
    try {
      work();
    } finally {
      this.#current = before;
    }
  }

  /** What waits for this disk: the room of the request is kept until it has run. To be called once. */
  held<Given extends unknown[]>(done: (...given: Given) => void): (...given: Given) => void {
    const room = this.#current;
    room?.hold();
    return (...given) => {
      try {
        this.within(room, () => done(...given));
      } finally {
        room?.release();
      }
    };
  }

  /** What waits for something else: it goes on with the request, and keeps no room meanwhile. */
  bound<Given extends unknown[]>(done: (...given: Given) => void): (...given: Given) => void {
    const room = this.#current;
    return room === undefined ? done : (...given) => this.within(room, () => done(...given));
  }

  /** The request that is worked on holds as much more. */
  grow(bytes: number): void {
    this.#current?.grow(bytes);
  }
}
