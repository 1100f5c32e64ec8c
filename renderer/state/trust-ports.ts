/** What history, trash and copies need of the window. */
import type { App } from './app.svelte.ts';
import type { CopiesPorts } from './copies-lookup.svelte.ts';
import type { HistoryPorts } from './key-history.svelte.ts';
import { notify } from './notices.ts';
import { readKey } from './reading.ts';
import type { TrashPorts } from './trash.svelte.ts';
import { putOrHere } from './writing.ts';

export function trustPorts(app: App): Omit<HistoryPorts, 'onWritten'> & TrashPorts & CopiesPorts {
  return {
    api: app.client,
    read: (name) => readKey(app.client, name),
    put: (params) => putOrHere(app.client, params),
    onEvent: (handler) => app.onEvent(handler),
    onReconnect: (handler) => app.onReconnect(handler),
    nameOf: (member) => app.nameOf(member),
    announce: (kind, words, undo) => notify(kind, words, undo && { label: 'Undo', onClick: undo }),
  };
}
