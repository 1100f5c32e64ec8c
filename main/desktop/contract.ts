/** Whether the keychain of this computer can keep the device's key, as far as can be known without asking it. */
export interface KeychainStanding {
  readonly isUsable: boolean;
  /** What it is called within a sentence; or a sentence of why not. */
  readonly words: string;
}

/** What the desktop shell tells its page: no call of the member. A browser has none of it. */
export interface DesktopState {
  readonly tray: boolean;
  readonly closeToTray: boolean;
  readonly startAtLogin: boolean;
  readonly notifications: boolean;
  readonly keyNames: boolean;
  readonly keychain: KeychainStanding;
  /** Why the last change or action failed, or what it did; empty = nothing to say. */
  readonly said: string;
}

/** What the page asks of the shell. */
export type DesktopRequest =
  | { readonly type: 'state' | 'save-diagnostics' | 'show-log' }
  | { readonly type: 'change'; readonly change: Partial<Pick<DesktopState, 'closeToTray' | 'startAtLogin' | 'notifications' | 'keyNames'>> };

/** A command of the shell's menu that the page carries out. */
export type DesktopCommand = 'palette' | 'help' | 'new-key' | 'import' | 'export';

/** What came of a file that the page gave to be saved. */
export interface FileSaved {
  /** Of the blob. */
  readonly url: string;
  /** `cancelled`: nobody said where to. */
  readonly outcome: 'saved' | 'cancelled' | 'failed';
  /** Empty where nobody said. */
  readonly path: string;
}
