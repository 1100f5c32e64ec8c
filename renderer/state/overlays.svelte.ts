/** The dialogs that can be opened from anywhere: at most one at a time. */
import type { KeyName } from '../../main/api/contract.ts';
import type { KeyKind } from '../forms/templates.ts';

export type Overlay = 'palette' | 'help' | 'invite' | 'invitations' | 'rejoin' | 'new-key' | 'export' | 'import' | 'doctor' | null;

export class Overlays {
  open = $state<Overlay>(null);
  /** The bucket that "new key" starts with. */
  newKeyBucket = $state('');
  /** What it starts as; `null`: what the name suggests. */
  newKeyKind = $state<KeyKind | null>(null);
  #begun: { readonly name: KeyName; readonly kind: KeyKind } | null = null;

  show(overlay: Exclude<Overlay, null>): void {
    this.open = overlay;
  }

  showNewKey(bucket: string, kind: KeyKind | null = null): void {
    this.newKeyBucket = bucket;
    this.newKeyKind = kind;
    this.open = 'new-key';
  }

  /** Says what the key that is opened next is to be. */
  beginKey(name: KeyName, kind: KeyKind): void {
    this.#begun = { name, kind };
  }

  /** What this key was begun as, once. */
  takeKind({ bucket, key }: KeyName): KeyKind | null {
    const begun = this.#begun;
    this.#begun = null;
    return begun?.name.bucket === bucket && begun.name.key === key ? begun.kind : null;
  }

  close(): void {
    this.open = null;
  }
}
