import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { chromium } from 'playwright-core';
import { provideChromium } from '../test/provide/index.ts';

/** Draws icon.png from icon.svg: `node build/icon.ts`. */
const folder = import.meta.dirname;
const { executablePath, args } = await provideChromium();
const browser = await chromium.launch({ executablePath, args: [...args] });
const page = await browser.newPage({ viewport: { width: 512, height: 512 } });
await page.setContent(`<style>body{margin:0}svg{display:block}</style>${readFileSync(join(folder, 'icon.svg'), 'utf8')}`);
await page.screenshot({ path: join(folder, 'icon.png'), omitBackground: true });
await browser.close();
