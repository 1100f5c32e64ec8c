/** How far a device that has just joined is with fetching what it is to keep. */
import type { Status } from '../../main/api/contract.ts';

export class FirstSync {
  #isSkipped = $state(false);
  #isJoining = $state(false);
  /** The most that was to be fetched: partitions. */
  most = $state(0);
  owed = $state(0);
  keysMoved = $state(0);
  /** Devices that are being fetched from now. */
  sources = $state(0);

  get isShown(): boolean {
    return this.#isJoining && !this.#isSkipped;
  }

  get done(): number {
    return this.most - this.owed;
  }

  look(status: Status | null): void {
    this.#isJoining = status?.membership?.status === 'joining';
    if (status === null || !this.#isJoining) {
      this.#isSkipped = false;
      this.most = 0;
      return;
    }
    const { owed, keysMoved, underWay } = status.transfers;
    this.owed = owed;
    this.most = Math.max(this.most, owed);
    this.keysMoved = keysMoved;
    this.sources = underWay.filter(({ direction }) => direction === 'in').length;
  }

  skip(): void {
    this.#isSkipped = true;
  }
}
