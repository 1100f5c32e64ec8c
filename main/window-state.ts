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

/** The remembered window, or the default when the file is broken or its screen is gone. */
export function windowStateOf(text: string, screens: readonly Rectangle[]): WindowState {
  const parsed = v.safeParse(v.pipe(v.string(), v.parseJson(), stateSchema), text);
  if (!parsed.success) return { place: null, maximized: false };
  const { maximized, ...place } = parsed.output;
  return { place: screens.some((screen) => shows(screen, place)) ? place : null, maximized };
}

export function windowStateText(place: Rectangle, maximized: boolean): string {
  const { x, y, width, height } = place;
  return `${JSON.stringify({ x, y, width, height, maximized })}\n`;
}

function shows(screen: Rectangle, place: Rectangle): boolean {
  const across = Math.min(screen.x + screen.width, place.x + place.width) - Math.max(screen.x, place.x);
  const down = Math.min(screen.y + screen.height, place.y + place.height) - Math.max(screen.y, place.y);
  return across >= VISIBLE_MIN && down >= VISIBLE_MIN;
}
