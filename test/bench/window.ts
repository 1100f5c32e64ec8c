/**
 * `npm run bench:window`: the window over a real member with 100,000 keys, in Chromium, each figure
 * beside a floor in the same browser: an empty page, a plain list of as many rows, the member's own
 * answer, a bare text field. Read the ratios: the machines are noisy.
 */
import { Agent, request } from 'node:http';
import { rm } from 'node:fs/promises';
import type { Browser, Page } from 'playwright-core';
import { chromium } from 'playwright-core';
import { build } from '../../main/build.ts';
import { startMember, temporaryDir, type RunningMember } from '../cluster/member-harness.ts';
import { provideChromium } from '../provide/index.ts';
import { line, median, quantile } from './ratios.ts';
import { RECORDS, typing } from './window-typing.ts';

const KEYS = Number(process.env['RINGLEAF_BENCH_KEYS'] ?? 100_000);
const AT_ONCE = 64;
const OPENINGS = 9;
const FRAMES = 300;
const SEARCHES = 25;
/** Of one folder: they are one row. */
const KEYS_IN_FOLDER = 20_000;
const ROW_PX = 52;
/** As quick as a wheel that is spun. */
const WHEEL_PX = 120;

/** Not in order, as people do not write in order. */
const nameOf = (index: number): string => `item-${String((index * 7919) % KEYS).padStart(6, '0')}`;

const dir = await temporaryDir();
await build();
const { executablePath, args } = await provideChromium();
const member = await startMember(dir, 'bench', ['--create-team', 'Bench', '--partitions', '64']);
const addressOf = (hash: string): string => `${member.url}/?token=${member.token}${hash}`;
const browser = await chromium.launch({ executablePath, args: [...args] });
try {
  await fill(member);
  console.log(`${KEYS.toLocaleString('en')} keys in one bucket                                floor      window    ratio   wanted`);
  await opening(browser);
  await scrolling(browser);
  await searching(browser);
  await typing(() => newPage(browser), (key) => addressOf(`#/keys/notes/${key}`));
} finally {
  await browser.close();
  await member.stop();
  await rm(dir, { recursive: true, force: true });
}

async function fill(of: RunningMember): Promise<void> {
  const agent = new Agent({ keepAlive: true, maxSockets: AT_ONCE });
  const put = (bucket: string, key: string, body: string, contentType = 'text/markdown'): Promise<void> =>
    new Promise((resolve, reject) => {
      const headers = { authorization: `Bearer ${of.token}`, 'content-type': contentType };
      const path = `/v1/buckets/${bucket}/keys/${encodeURIComponent(key)}`;
      const sent = request({ host: '127.0.0.1', port: of.port, method: 'PUT', path, headers, agent }, (answer) => {
        answer.resume().on('end', () => (answer.statusCode === 200 ? resolve() : reject(new Error(`status ${answer.statusCode}`))));
      });
      sent.on('error', reject).end(body);
    });
  const putMany = async (count: number, one: (index: number) => Promise<void>): Promise<void> => {
    let next = 0;
    const worker = async (): Promise<void> => {
      while (next < count) await one(next++);
    };
    await Promise.all(Array.from({ length: AT_ONCE }, worker));
  };
  await putMany(KEYS, (index) => put('stock', nameOf(index), 'A record.'));
  await putMany(KEYS_IN_FOLDER, (index) => put('folders', `one/${index}`, 'A record.'));
  await put('folders', 'two.md', 'A record.');
  for (const { key, body, contentType } of RECORDS) await put('notes', key, body, contentType);
  agent.destroy();
}

async function newPage(of: Browser): Promise<Page> {
  return (await of.newContext({ viewport: { width: 1280, height: 800 } })).newPage();
}

/** From asking for the page to its first paint with contents, and to the first rows of keys. */
async function opening(of: Browser): Promise<void> {
  const floors: number[] = [];
  const opened: Opened[] = [];
  const folders: Opened[] = [];
  for (let run = 0; run < OPENINGS; run += 1) {
    const empty = await newPage(of);
    await empty.goto('data:text/html,<p>Ringleaf');
    floors.push(await firstPaint(empty));
    await empty.context().close();
    opened.push(await openOnce(of, '#/keys/stock', '[data-testid=key-row]'));
    folders.push(await openOnce(of, '#/keys/folders', '[data-key="two.md"]'));
  }
  const floor = median(floors);
  line('first paint, ms (floor: a page of one word)', floor, median(opened.map(({ paint }) => paint)), '< 500');
  line('first rows of keys, ms', floor, median(opened.map(({ rows }) => rows)), '< 500');
  line(`the key behind a folder of ${KEYS_IN_FOLDER.toLocaleString('en')}, ms`, floor, median(folders.map(({ rows }) => rows)), '');
}

interface Opened {
  readonly paint: number;
  readonly rows: number;
}

async function openOnce(of: Browser, hash: string, awaited: string): Promise<Opened> {
  const page = await newPage(of);
  await page.addInitScript((selector) => {
    const watch = new MutationObserver(() => {
      if (document.querySelector(selector) === null) return;
      watch.disconnect();
      requestAnimationFrame(() => setTimeout(() => Object.assign(window, { __rowsAt: performance.now() })));
    });
    watch.observe(document, { childList: true, subtree: true });
  }, awaited);
  await page.goto(addressOf(hash));
  await page.waitForFunction(() => '__rowsAt' in window);
  const rows = await page.evaluate(() => (window as unknown as { __rowsAt: number }).__rowsAt);
  const paint = await firstPaint(page);
  await page.context().close();
  return { paint, rows };
}

function firstPaint(page: Page): Promise<number> {
  return page.evaluate(
    () =>
      new Promise<number>((resolve) => {
        new PerformanceObserver((list) => {
          const painted = list.getEntriesByName('first-contentful-paint')[0];
          if (painted !== undefined) resolve(painted.startTime);
        }).observe({ type: 'paint', buffered: true });
      }),
  );
}

/** A wheel spun over the list, from its top while pages come, and again when all is there. */
async function scrolling(of: Browser): Promise<void> {
  const plain = await newPage(of);
  await plain.setContent(`<div id="list" style="height:700px;overflow-y:auto">${Array.from({ length: KEYS }, (_, index) => `<div style="height:${ROW_PX}px">${nameOf(index)}</div>`).join('')}</div>`);
  const floor = await spin(plain, '#list');
  await plain.context().close();

  const page = await newPage(of);
  await page.goto(addressOf('#/keys/stock'));
  await page.getByTestId('key-row').first().waitFor();
  const coming = await spin(page, '[data-testid=key-rows]');
  const before = await heapOf(page);
  const started = performance.now();
  const all = await page.evaluate(loadAll, KEYS);
  const seconds = (performance.now() - started) / 1_000;
  const grown = (await heapOf(page)) - before;
  console.log(`  (all ${all.toLocaleString('en')} rows were there after ${seconds.toFixed(1)} s at the end of the list, in ${(grown / 1e6).toFixed(0)} MB)`);
  const loaded = await spin(page, '[data-testid=key-rows]', -WHEEL_PX);
  await page.context().close();
  for (const [name, frames] of [['while pages come', coming], ['all rows there', loaded]] as const) {
    line(`frame of scrolling, ms, median; ${name}`, quantile(floor, 0.5), quantile(frames, 0.5), '16.7');
    line(`frame of scrolling, ms, 99 of 100; ${name}`, quantile(floor, 0.99), quantile(frames, 0.99), '16.7');
  }
}

async function heapOf(page: Page): Promise<number> {
  const session = await page.context().newCDPSession(page);
  await session.send('HeapProfiler.collectGarbage');
  const { usedSize } = await session.send('Runtime.getHeapUsage');
  await session.detach();
  return usedSize;
}

/** Times between frames while one scrolls by so much at each. */
async function spin(page: Page, selector: string, by = WHEEL_PX): Promise<readonly number[]> {
  return page.evaluate(
    ({ selector: of, by: px, count }) =>
      new Promise<number[]>((resolve) => {
        const list = document.querySelector(of) as HTMLElement;
        const times: number[] = [];
        let last = 0;
        const frame = (now: number): void => {
          if (last > 0) times.push(now - last);
          last = now;
          list.scrollTop += px;
          if (times.length < count) requestAnimationFrame(frame);
          else resolve(times);
        };
        requestAnimationFrame(frame);
      }),
    { selector, by, count: FRAMES },
  );
}

/** In the page: stays at the end of the list until that is the end of the bucket. */
async function loadAll(count: number): Promise<number> {
  const list = document.querySelector('[data-testid=key-rows]') as HTMLElement;
  const last = String(count - 1).padStart(6, '0');
  for (let frames = 0; frames < 20_000; frames += 1) {
    list.scrollTop = list.scrollHeight;
    await new Promise((resolve) => requestAnimationFrame(resolve));
    if (document.querySelector(`[data-key="item-${last}"]`) !== null) return count;
  }
  return -1;
}

/** From a keystroke in the search field to the rows that begin like that. The floor is the member's own answer. */
async function searching(of: Browser): Promise<void> {
  const page = await newPage(of);
  await page.goto(addressOf('#/keys/stock'));
  await page.getByTestId('key-row').first().waitFor();
  const floors: number[] = [];
  const times: number[] = [];
  for (let run = 0; run < SEARCHES; run += 1) {
    const prefix = `item-${String((run * 3_701) % KEYS).padStart(6, '0').slice(0, 2 + (run % 4))}`;
    const asked = performance.now();
    await member.ask('GET', `/v1/buckets/stock/keys?prefix=${prefix}&limit=200`);
    floors.push(performance.now() - asked);
    await page.getByTestId('key-search').fill(prefix.slice(0, -1));
    await page.locator(`[data-testid=key-row][data-key^="${prefix.slice(0, -1)}"]`).first().waitFor();
    times.push(await page.evaluate(timeSearch, prefix));
  }
  await page.context().close();
  line('prefix search, ms, median (floor: the answer)', median(floors), median(times), '< 100');
  line('prefix search, ms, 95 of 100', quantile(floors, 0.95), quantile(times, 0.95), '< 100');
}

/** In the page: types the last character, and waits until only rows of that prefix are painted. */
function timeSearch(prefix: string): Promise<number> {
  const field = document.querySelector('[data-testid=key-search]') as HTMLInputElement;
  const started = performance.now();
  field.value = prefix;
  field.dispatchEvent(new InputEvent('input', { bubbles: true }));
  return new Promise((resolve) => {
    const look = (): void => {
      const rows = [...document.querySelectorAll('[data-testid=key-row]')];
      const isDone = rows.length > 0 && rows.every((row) => row.getAttribute('data-key')?.startsWith(prefix) === true);
      if (isDone) resolve(performance.now() - started);
      else requestAnimationFrame(look);
    };
    requestAnimationFrame(look);
  });
}
