/** Short-lived messages in the corner. What must not be missed stands on its screen instead. */
import { toast } from 'svelte-sonner';

export interface NoticeAction {
  readonly label: string;
  readonly onClick: () => void;
}

export function notify(kind: 'success' | 'error' | 'info', message: string, action?: NoticeAction): void {
  toast[kind](message, action === undefined ? {} : { action, duration: 8_000 });
}
