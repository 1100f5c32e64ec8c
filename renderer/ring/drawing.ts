/**
 * The ring as lines of a drawing. Position 0 is at twelve o'clock, positions rise clockwise, and
 * partition i of Q is the arc from i/Q to (i+1)/Q of a turn. Track 0 lies outermost and shows who keeps
 * the first copy of each partition, track 1 the second, and so on.
 *
 *        0
 *      ·───·
 *     │  ↻  │    one path for each (track, member): what is drawn does not grow with Q
 *      ·───·
 */

/** Half the side of the square that it is drawn in. */
export const CENTRE = 220;
/** Finer arcs than this are no longer seen: of a larger ring every so-manyth partition is drawn. */
const ARCS_MAX = 4_096;
const TURN = 2 * Math.PI;

export interface Point {
  readonly x: number;
  readonly y: number;
}

export interface Track {
  readonly radius: number;
  readonly width: number;
}

/** From the first copy inwards. Copies beyond the last track are in the table. */
export const TRACKS: readonly Track[] = [
  { radius: 188, width: 22 },
  { radius: 169, width: 12 },
  { radius: 155, width: 12 },
];

/** All arcs of one member on one track, as the `d` of a path to be stroked. */
export interface TrackPath {
  readonly member: string;
  readonly track: number;
  readonly d: string;
}

interface Arc {
  readonly member: string;
  /** Fractions of a turn. */
  readonly from: number;
  readonly to: number;
}

/** @param turn Fraction of a turn, clockwise from twelve o'clock. */
export function pointAt(turn: number, radius: number): Point {
  const angle = turn * TURN;
  return { x: round(CENTRE + radius * Math.sin(angle)), y: round(CENTRE - radius * Math.cos(angle)) };
}

/** The fraction of a turn at which a point of the drawing lies. */
export function turnAt({ x, y }: Point): number {
  const turn = Math.atan2(x - CENTRE, CENTRE - y) / TURN;
  return turn < 0 ? turn + 1 : turn;
}

export function arcPath(from: number, to: number, radius: number): string {
  // An arc whose ends meet would not be drawn.
  if (to - from > 0.999) return `${arcPath(from, from + 0.5, radius)}${arcPath(from + 0.5, from + 0.999999, radius)}`;
  const [start, end] = [pointAt(from, radius), pointAt(to, radius)];
  return `M${start.x} ${start.y}A${radius} ${radius} 0 ${to - from > 0.5 ? 1 : 0} 1 ${end.x} ${end.y}`;
}

/** The outline of an arc across all tracks. */
export function outlinePath(from: number, to: number): string {
  const [inner, outer] = [146, 202];
  const back = pointAt(to, inner);
  const large = to - from > 0.5 ? 1 : 0;
  const start = pointAt(from, inner);
  if (to - from > 0.999) return arcPath(from, to, outer) + arcPath(from, to, inner);
  return `${arcPath(from, to, outer)}L${back.x} ${back.y}A${inner} ${inner} 0 ${large} 0 ${start.x} ${start.y}Z`;
}

/** @param owners Preference list of each partition. */
export function trackPaths(owners: readonly (readonly string[])[]): readonly TrackPath[] {
  return TRACKS.flatMap(({ radius }, track) => {
    const paths = new Map<string, string>();
    for (const { member, from, to } of arcsOf(owners, track)) {
      paths.set(member, (paths.get(member) ?? '') + arcPath(from, to, radius));
    }
    return [...paths].map(([member, d]) => ({ member, track, d }));
  });
}

/** Neighbouring partitions of one owner are one arc. */
function arcsOf(owners: readonly (readonly string[])[], track: number): readonly Arc[] {
  const step = Math.max(1, Math.ceil(owners.length / ARCS_MAX));
  const arcs: Arc[] = [];
  for (let partition = 0; partition < owners.length; partition += step) {
    const member = owners[partition]?.[track];
    if (member === undefined) continue;
    const from = partition / owners.length;
    const to = Math.min(1, (partition + step) / owners.length);
    const last = arcs.at(-1);
    if (last?.member === member && last.to === from) arcs[arcs.length - 1] = { ...last, to };
    else arcs.push({ member, from, to });
  }
  return arcs;
}

/** Where members stand inside the ring, evenly, the first at twelve o'clock; one alone in the middle. */
export function seatAt(index: number, count: number): Point {
  return pointAt(index / Math.max(1, count), count <= 1 ? 0 : 92);
}

/** A line between two points that bends towards the middle, so that lines along the rim stay apart. */
export function bentPath(from: Point, to: Point): string {
  const towards = (a: number, b: number): number => round(((a + b) / 2) * 0.6 + CENTRE * 0.4);
  return `M${from.x} ${from.y}Q${towards(from.x, to.x)} ${towards(from.y, to.y)} ${to.x} ${to.y}`;
}

/** Where on such a line a number is written: its middle. */
export function bentMiddle(from: Point, to: Point): Point {
  const middle = (a: number, b: number): number => round(0.25 * (a + b) + 0.5 * (((a + b) / 2) * 0.6 + CENTRE * 0.4));
  return { x: middle(from.x, to.x), y: middle(from.y, to.y) };
}

/** The fraction of a turn of a position of 32 hex digits. */
export function turnOf(position: string): number {
  return Number.parseInt(position.slice(0, 12), 16) / 2 ** 48;
}

function round(value: number): number {
  return Math.round(value * 100) / 100;
}
