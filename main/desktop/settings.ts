import * as v from 'valibot';
import { textOf, writeWhole } from '../whole-file.ts';

/** What a person has chosen for the desktop on this device; kept in `desktop.json` of the data folder. */
export interface DesktopSettings {
  readonly notifications: boolean;
  /** Whether a notification names the keys, or only counts them: others may see the screen. */
  readonly keyNames: boolean;
  /** What closing the window does where there is a tray; `null` = nobody was asked yet. */
  readonly closeToTray: boolean | null;
}

export const SETTINGS_DEFAULT: DesktopSettings = { notifications: true, keyNames: true, closeToTray: null };

const settingsSchema = v.object({
  notifications: v.fallback(v.boolean(), SETTINGS_DEFAULT.notifications),
  keyNames: v.fallback(v.boolean(), SETTINGS_DEFAULT.keyNames),
  closeToTray: v.fallback(v.nullable(v.boolean()), SETTINGS_DEFAULT.closeToTray),
});

/** A broken file is the defaults; a broken field is its default. */
export function settingsOf(text: string): DesktopSettings {
  const parsed = v.safeParse(v.pipe(v.string(), v.parseJson(), settingsSchema), text);
  return parsed.success ? parsed.output : SETTINGS_DEFAULT;
}

/** The settings, as remembered in a file. */
export class SettingsFile {
  readonly #file: string;
  #now: DesktopSettings;

  constructor(file: string) {
    this.#file = file;
    this.#now = settingsOf(textOf(file));
  }

  get now(): DesktopSettings {
    return this.#now;
  }

  /** Holds until the end of this run even when it cannot be written. @throws when it could not. */
  change(change: Partial<DesktopSettings>): void {
    this.#now = { ...this.#now, ...change };
    writeWhole(this.#file, `${JSON.stringify(this.#now, null, 1)}\n`);
  }
}
