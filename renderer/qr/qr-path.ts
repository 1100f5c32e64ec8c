/** A QR code as one SVG path: dark modules on a light ground, with the quiet zone around it. */
import { encodeQR } from 'qr';

export interface QrPath {
  /** Modules on a side, quiet zone included. */
  readonly size: number;
  /** Of the dark modules, one unit each. */
  readonly d: string;
}

/** ISO/IEC 18004, 6.3.8: a reader needs so many light modules around the symbol. */
const QUIET_ZONE = 4;

/** @throws when the text is longer than a QR code can hold (2,953 bytes). */
export function qrPath(text: string): QrPath {
  // On a screen nothing is torn off: the lowest level of correction makes the largest modules.
  const rows = encodeQR(text, 'raw', { ecc: 'low', border: QUIET_ZONE });
  return { size: rows.length, d: rows.flatMap((row, y) => runsOf(row).map(([x, length]) => `M${x} ${y}h${length}v1h-${length}z`)).join('') };
}

/** Where dark modules begin in a row, and how many follow each other. */
function runsOf(row: readonly boolean[]): readonly (readonly [x: number, length: number])[] {
  const runs: [number, number][] = [];
  for (const [x, isDark] of row.entries()) {
    const last = runs.at(-1);
    if (!isDark) continue;
    if (last !== undefined && last[0] + last[1] === x) last[1] += 1;
    else runs.push([x, 1]);
  }
  return runs;
}
