/** Shortcuts that work on every screen. Single letters rest while somebody types. */
import type { App } from './app.svelte.ts';
import type { Route } from './router.svelte.ts';

const GO: Readonly<Record<string, Route>> = {
  k: { screen: 'keys' },
  c: { screen: 'conflicts' },
  t: { screen: 'team' },
  r: { screen: 'ring' },
  a: { screen: 'activity' },
  s: { screen: 'settings' },
};
const SEQUENCE_MS = 1_200;

export function globalShortcuts(app: App): (event: KeyboardEvent) => void {
  let goUntilMs = 0;
  return (event) => {
    if (event.defaultPrevented || (app.status?.team ?? null) === null) return;
    if ((event.ctrlKey || event.metaKey) && !event.altKey && event.key.toLowerCase() === 'k') {
      event.preventDefault();
      if (app.overlays.open === 'help' || !app.layers.cover(event)) app.overlays.show('palette');
      return;
    }
    if (!isForScreen(app, event)) return;
    const route = event.timeStamp < goUntilMs ? GO[event.key] : undefined;
    goUntilMs = event.key === 'g' ? event.timeStamp + SEQUENCE_MS : 0;
    if (route !== undefined) app.router.go(route);
    else if (event.key === '?') app.overlays.show('help');
    else return;
    event.preventDefault();
  };
}

/** True when a plain key is the screen's: nobody types, and nothing lies over it. */
export function isForScreen(app: Pick<App, 'layers'>, event: KeyboardEvent): boolean {
  return !event.defaultPrevented && !app.layers.cover(event) && !isTyping(event);
}

/** True when the key belongs to a text field, or is held with a modifier. */
export function isTyping(event: KeyboardEvent): boolean {
  if (event.ctrlKey || event.metaKey || event.altKey) return true;
  const target = event.target;
  if (!(target instanceof HTMLElement)) return false;
  return target.isContentEditable || ['INPUT', 'TEXTAREA', 'SELECT'].includes(target.tagName);
}
