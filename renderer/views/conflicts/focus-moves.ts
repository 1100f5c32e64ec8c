/** Where the keyboard goes inside a merge. */

const STOPS = '[data-decision], button:not(:disabled), textarea';

/** The row or card of a decision. */
export function placeOf(root: HTMLElement | undefined, id: string): HTMLElement | null {
  return root?.querySelector<HTMLElement>(`[data-place="${CSS.escape(id)}"]`) ?? null;
}

export function focusPlace(root: HTMLElement | undefined, id: string): void {
  const place = placeOf(root, id);
  const stop = place?.matches('[data-decision]') === true ? place : place?.querySelector<HTMLElement>('[data-decision]');
  stop?.focus({ preventScroll: true });
  place?.scrollIntoView({ block: 'nearest' });
}

/** To the neighbour of what has the focus, within its row or card. True when there is one. */
export function focusBeside(root: HTMLElement | undefined, id: string, step: 1 | -1): boolean {
  const place = placeOf(root, id);
  const stops = place === null ? [] : [...(place.matches('[data-decision]') ? [place] : []), ...place.querySelectorAll<HTMLElement>(STOPS)];
  const at = stops.findIndex((stop) => stop === document.activeElement);
  const next = at < 0 ? undefined : stops[at + step];
  next?.focus();
  next?.scrollIntoView({ block: 'nearest', inline: 'nearest' });
  return next !== undefined;
}

export function editResult(root: HTMLElement | undefined, id: string): boolean {
  const cell = placeOf(root, id)?.querySelector<HTMLElement>('[data-testid="result-cell"]') ?? null;
  cell?.click();
  return cell !== null;
}
