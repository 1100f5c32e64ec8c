import * as v from 'valibot';
import type { DesktopRequest } from './contract.ts';

const switches = v.strictObject({
  closeToTray: v.optional(v.boolean()),
  startAtLogin: v.optional(v.boolean()),
  notifications: v.optional(v.boolean()),
  keyNames: v.optional(v.boolean()),
});
const requestSchema = v.variant('type', [
  v.strictObject({ type: v.picklist(['state', 'save-diagnostics', 'show-log']) }),
  v.strictObject({ type: v.literal('change'), change: switches }),
]);

/** What the page asked for, or `null` when it is nothing that it may ask. */
export function pageRequestOf(raw: unknown): DesktopRequest | null {
  const parsed = v.safeParse(requestSchema, raw);
  if (!parsed.success) return null;
  const { output } = parsed;
  if (output.type !== 'change') return output;
  const given = Object.fromEntries(Object.entries(output.change).filter(([, value]) => value !== undefined));
  return { type: 'change', change: given };
}
