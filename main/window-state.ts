import * as v from 'valibot';

export interface Rectangle {
  readonly x: number;
  readonly y: number;
  readonly width: number;
  readonly height: number;
}

export interface WindowState {
  /** Without a place the OS chooses one. */
  readonly place: Rectangle | null;
  readonly maximized: boolean;
}

export const WINDOW_WIDTH_MIN = 720;
export const WINDOW_HEIGHT_MIN = 480;
export const WINDOW_DEFAULT = { width: 1_200, height: 800 } as const;

const SIZE_MAX = 20_000;
/** So much of a window has to be on a screen for a person to get hold of it. */
const VISIBLE_MIN = 80;

const coordinate = v.pipe(v.number(), v.integer(), v.minValue(-SIZE_MAX), v.maxValue(SIZE_MAX));
const stateSchema = v.object({
  x: coordinate,
  y: coordinate,
  width: v.pipe(coordinate, v.minValue(WINDOW_WIDTH_MIN)),
  height: v.pipe(coordinate, v.minValue(WINDOW_HEIGHT_MIN)),
  maximized: v.boolean(),
});

/** The remembered window on the screens that are there now; the default when the file is broken. */
export function windowStateOf(text: string, screens: readonly Rectangle[]): WindowState {
  const parsed = v.safeParse(v.pipe(v.string(), v.parseJson(), stateSchema), text);
  if (!parsed.success) return { place: null, maximized: false };
  const { maximized, ...place } = parsed.output;
  return { place: clamped(place, screens), maximized };
}

/**
 * A window that can be got hold of stays where it was, be it partly off the screen. Another comes
 * whole onto the screen that shows most of it, or onto the first, where its screen is gone.
 */
function clamped(place: Rectangle, screens: readonly Rectangle[]): Rectangle | null {
  const [first] = screens;
  if (first === undefined) return null;
  const screen = screens.reduce((best, one) => (areaShown(one, place) > areaShown(best, place) ? one : best), first);
  const width = Math.min(place.width, screen.width);
  const height = Math.min(place.height, screen.height);
  if (shows(screen, place) && place.y >= screen.y) return { ...place, width, height };
  const within = (at: number, from: number, room: number): number => Math.max(from, Math.min(at, from + room));
  const x = within(place.x, screen.x, screen.width - width);
  const y = within(place.y, screen.y, screen.height - height);
  return { x, y, width, height };
}

function areaShown(screen: Rectangle, place: Rectangle): number {
  return Math.max(0, across(screen, place)) * Math.max(0, down(screen, place));
}

export function windowStateText(place: Rectangle, maximized: boolean): string {
  const { x, y, width, height } = place;
  return `${JSON.stringify({ x, y, width, height, maximized })}\n`;
}

function shows(screen: Rectangle, place: Rectangle): boolean {
  return across(screen, place) >= VISIBLE_MIN && down(screen, place) >= VISIBLE_MIN;
}

function across(screen: Rectangle, place: Rectangle): number {
  return Math.min(screen.x + screen.width, place.x + place.width) - Math.max(screen.x, place.x);
}

function down(screen: Rectangle, place: Rectangle): number {
  return Math.min(screen.y + screen.height, place.y + place.height) - Math.max(screen.y, place.y);
}
