/** What closing the window does. */
export interface CloseFacts {
  readonly hasTray: boolean;
  /** `null` = nobody was asked yet. */
  readonly closeToTray: boolean | null;
  /** The app is on its way out already. */
  readonly quitting: boolean;
}

/** Without a tray to come back from, a window is never hidden. */
export function closeMove({ hasTray, closeToTray, quitting }: CloseFacts): 'close' | 'hide' | 'ask' {
  if (quitting || !hasTray) return 'close';
  if (closeToTray === null) return 'ask';
  return closeToTray ? 'hide' : 'close';
}
