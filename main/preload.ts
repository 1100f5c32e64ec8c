import { contextBridge, ipcRenderer } from 'electron';

/**
 * The only code that both sides share. The page gets two facts and, by message, the port to its
 * member: no IPC, no function, nothing to call.
 */
contextBridge.exposeInMainWorld('ringleaf', { desktop: true, platform: process.platform });

ipcRenderer.on('ringleaf-port', (event) => {
  window.postMessage({ type: 'ringleaf-port' }, window.location.origin, [...event.ports]);
});

/** The page says when it listens, and again when it wants another port. */
window.addEventListener('message', (event: MessageEvent<unknown>) => {
  if (event.source === window && isReadyMessage(event.data)) ipcRenderer.send('ringleaf-port-wanted');
});

function isReadyMessage(data: unknown): boolean {
  return typeof data === 'object' && data !== null && 'type' in data && data.type === 'ringleaf-ready';
}
