/** What the desktop shell says to its page, and what the page asks of it. A browser has neither. */
import type { DesktopCommand, DesktopRequest, DesktopState } from '../../main/desktop/contract.ts';
import type { Overlays } from './overlays.svelte.ts';

export type Switch = 'closeToTray' | 'startAtLogin' | 'notifications' | 'keyNames';

export class Desktop {
  /** `null` in a browser, and until the shell has answered. */
  state = $state.raw<DesktopState | null>(null);

  /** A desktop shell is round this page. */
  readonly isThere = window.ringleaf?.desktop === true;

  constructor(overlays: Overlays) {
    if (!this.isThere) return;
    window.addEventListener('message', (event: MessageEvent<unknown>) => {
      if (event.source !== window || !isFromShell(event.data)) return;
      if (event.data.type === 'ringleaf-desktop-state') this.state = event.data.detail as DesktopState;
      else run(event.data.detail as DesktopCommand, overlays);
    });
    this.ask({ type: 'state' });
  }

  set(name: Switch, on: boolean): void {
    this.ask({ type: 'change', change: { [name]: on } });
  }

  ask(request: DesktopRequest): void {
    window.postMessage({ type: 'ringleaf-desktop-ask', request }, '/');
  }
}

function run(command: DesktopCommand, overlays: Overlays): void {
  if (command === 'new-key') overlays.showNewKey('');
  else overlays.show(command);
}

function isFromShell(data: unknown): data is { readonly type: string; readonly detail: unknown } {
  return typeof data === 'object' && data !== null && 'detail' in data && 'type' in data &&
    (data.type === 'ringleaf-desktop-state' || data.type === 'ringleaf-desktop-command');
}
