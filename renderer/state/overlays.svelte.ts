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
  #holds = 0;
  #begun: { readonly name: KeyName; readonly kind: KeyKind } | null = null;

  show(overlay: Exclude<Overlay, null>): void {
    if (this.#holds === 0) this.open = overlay;
  }

  /** Something goes on in what is open, and nothing else takes its place meanwhile. @returns how to end that. */
  hold(): () => void {
    this.#holds += 1;
    return () => void (this.#holds -= 1);
  }

  showNewKey(bucket: string, kind: KeyKind | null = null): void {
    this.newKeyBucket = bucket;
    this.newKeyKind = kind;
    this.show('new-key');
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
