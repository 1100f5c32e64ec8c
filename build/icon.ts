/** Draws every image of the app from icon.svg: `node build/icon.ts`. Drawn ones are committed. */
import { mkdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { chromium, type Page } from 'playwright-core';
import { TRAY_STATES, type TrayState } from '../main/desktop/tray-model.ts';
import { provideChromium } from '../test/provide/index.ts';

const folder = import.meta.dirname;
const SIZES = [16, 24, 32, 48, 64, 128, 256, 512];
/** A tray's place is 16 to 22 points. */
const TRAY_POINTS = 22;

/** States differ by shape, not by colour alone: nothing, a count's dot, a hollow dot, a triangle. */
const MARKS: Readonly<Record<TrayState, string>> = {
  fine: '',
  conflicts: '<circle cx="384" cy="384" r="128" fill="#f3c64b" stroke="#10382b" stroke-width="28"/>',
  alone: '<circle cx="392" cy="392" r="92" fill="#10382b" stroke="#d5dbe0" stroke-width="44"/>',
  problem: '<path d="M376 236 508 496H244Z" fill="#ff6b5e" stroke="#10382b" stroke-width="28" stroke-linejoin="round"/>',
};

const svg = readFileSync(join(folder, 'icon.svg'), 'utf8');
const { executablePath, args } = await provideChromium();
const browser = await chromium.launch({ executablePath, args: [...args] });
const page = await browser.newPage();

mkdirSync(join(folder, 'icons'), { recursive: true });
mkdirSync(join(folder, 'tray'), { recursive: true });
await draw(page, { image: svg, size: 512, file: 'icon.png' });
for (const size of SIZES) await draw(page, { image: svg, size, file: `icons/${size}x${size}.png` });
for (const state of TRAY_STATES) {
  const image = svg.replace('</svg>', `${MARKS[state]}</svg>`);
  await draw(page, { image, size: TRAY_POINTS, file: `tray/${state}.png` });
  await draw(page, { image, size: TRAY_POINTS * 2, file: `tray/${state}@2x.png` });
}
await browser.close();

async function draw(to: Page, { image, size, file }: { image: string; size: number; file: string }): Promise<void> {
  await to.setViewportSize({ width: size, height: size });
  await to.setContent(`<style>body{margin:0}svg{display:block;width:${size}px;height:${size}px}</style>${image}`);
  await to.screenshot({ path: join(folder, file), omitBackground: true });
}
