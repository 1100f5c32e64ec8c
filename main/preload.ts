import { contextBridge, ipcRenderer } from 'electron';

/**
 * The only code that both sides share. The page gets two facts and, by message, the port to its
 * member and what the shell says: no IPC, no function, nothing to call.
 */
contextBridge.exposeInMainWorld('ringleaf', { desktop: true, platform: process.platform });

ipcRenderer.on('ringleaf-port', (event) => {
  window.postMessage({ type: 'ringleaf-port' }, window.location.origin, [...event.ports]);
});

/** From the shell to the page: its state, the commands of its menu, and what came of a file to be saved. */
for (const type of ['ringleaf-desktop-state', 'ringleaf-desktop-command', 'ringleaf-desktop-saved']) {
  ipcRenderer.on(type, (_event, detail: unknown) => window.postMessage({ type, detail }, window.location.origin));
}

/** The page says when it listens, and again when it wants another port; and it asks the shell. */
window.addEventListener('message', (event: MessageEvent<unknown>) => {
  if (event.source !== window) return;
  if (isOfType(event.data, 'ringleaf-ready')) ipcRenderer.send('ringleaf-port-wanted');
  if (isOfType(event.data, 'ringleaf-desktop-ask')) ipcRenderer.send('ringleaf-desktop-ask', event.data.request);
});

function isOfType(data: unknown, type: string): data is { readonly request?: unknown } {
  return typeof data === 'object' && data !== null && 'type' in data && data.type === type;
}
