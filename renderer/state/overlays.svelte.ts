/** The dialogs that can be opened from anywhere: at most one at a time. */

export type Overlay = 'palette' | 'help' | 'invite' | 'rejoin' | 'new-key' | null;

export class Overlays {
  open = $state<Overlay>(null);
  /** The bucket that "new key" starts with. */
  newKeyBucket = $state('');

  show(overlay: Exclude<Overlay, null>): void {
    this.open = overlay;
  }

  showNewKey(bucket: string): void {
    this.newKeyBucket = bucket;
    this.open = 'new-key';
  }

  close(): void {
    this.open = null;
  }
}
