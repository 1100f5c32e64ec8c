/**
 * Keystrokes in the editor and its forms, beside a bare text field in the same browser: one at a
 * time, from the key to the frame that shows it, and as many as there can be, as a key held down.
 */
import type { Page } from 'playwright-core';
import { LinkGate } from '../e2e/link-gate.ts';
import { line, median, quantile } from './ratios.ts';

const KEYSTROKES = 60;
const HELD_DOWN = 120;

const PARAGRAPH = 'A line of a note that is as long as notes are.\n'.repeat(1_000);
const SECTIONS = Array.from({ length: 250 }, (_, at) => `## Part ${at}\n\n${'A line of a note that is as long as notes are.\n'.repeat(4)}`).join('\n');
const ITEMS = Array.from({ length: 500 }, (_, at) => ({ id: `i${at}`, text: `Item ${at} of a list that is long`, done: at % 3 === 0 }));
const FIELDS = Array.from({ length: 20 }, (_, at) => [`field ${at}`, [`Words of field ${at}`, at, at % 2 === 0, '2026-11-20'][at % 4]]);
const ROWS = Array.from({ length: 700 }, (_, at) => [at, `Row ${at} of a table`, { tags: ['a', 'b'] }]);

interface TypedRecord {
  readonly key: string;
  readonly body: string;
  readonly contentType: string;
  readonly what: string;
  readonly field: string;
}

const TEXT = '[data-testid=editor-text]';
export const RECORDS: readonly TypedRecord[] = [
  { key: 'long.md', body: PARAGRAPH, contentType: 'text/markdown', what: 'one paragraph of 1,000 lines', field: TEXT },
  { key: 'parts.md', body: SECTIONS, contentType: 'text/markdown', what: 'note of 250 parts', field: TEXT },
  { key: 'rows.json', body: JSON.stringify(ROWS, null, 1), contentType: 'application/json', what: 'JSON of 6,300 lines', field: TEXT },
  { key: 'list.json', body: JSON.stringify({ items: ITEMS }), contentType: 'application/json', what: 'checklist of 500', field: '[data-testid=item-text]' },
  { key: 'form.json', body: JSON.stringify(Object.fromEntries(FIELDS)), contentType: 'application/json', what: 'record of 20 fields', field: 'textarea[data-testid=field-value]' },
];

/** @param open The address of a key in the bucket that the records are in. */
export async function typing(newPage: () => Promise<Page>, open: (key: string) => string): Promise<void> {
  const bare = await newPage();
  await bare.setContent('<textarea style="width:800px;height:700px"></textarea>');
  await bare.locator('textarea').fill(PARAGRAPH);
  const floor = await type(bare, 'textarea');
  await bare.context().close();
  for (const { key, what, field } of RECORDS) {
    const page = await newPage();
    const gate = await LinkGate.before(page);
    await page.goto(open(key));
    const typed = await type(page, field);
    line(`keystroke, ms, median; ${what}`, median(floor.each), median(typed.each), '< 33');
    line(`keystroke, ms, 95 of 100; ${what}`, quantile(floor.each, 0.95), quantile(typed.each, 0.95), '< 50');
    line(`a key held down, ms each; ${what}`, floor.held, typed.held, '< 33');
    if (key === RECORDS[0]?.key) await unanswered(page, gate, field, median(typed.each));
    await page.context().close();
  }
}

/** The same while the member says nothing. */
async function unanswered(page: Page, gate: LinkGate, field: string, answered: number): Promise<void> {
  for (const call of ['get', 'put', 'placement', 'status', 'members', 'keys'] as const) gate.hold(call);
  const typed = await type(page, field);
  line('the same while nothing is answered, median', answered, median(typed.each), 'ratio 1');
}

interface Typed {
  /** From each key to the frame that shows its letter. */
  readonly each: readonly number[];
  /** From the first to the frame after the last, for each. */
  readonly held: number;
}

async function type(page: Page, selector: string): Promise<Typed> {
  await page.locator(selector).first().click();
  // Until what the page had to do for its opening is done.
  await page.evaluate(() => new Promise((resolve) => requestIdleCallback(resolve)));
  await page.evaluate(countFrames);
  const shown = (count: number) => page.waitForFunction((wanted) => (window as unknown as { __typed: number[] }).__typed.length >= wanted, count);
  for (let count = 1; count <= KEYSTROKES; count += 1) {
    await page.keyboard.press('x');
    await shown(count);
  }
  const each = await page.evaluate(() => (window as unknown as { __typed: number[] }).__typed);
  const started = performance.now();
  for (let count = 0; count < HELD_DOWN; count += 1) await page.keyboard.press('x');
  await shown(KEYSTROKES + HELD_DOWN);
  return { each: each.slice(0, KEYSTROKES), held: (performance.now() - started) / HELD_DOWN };
}

/** In the page. */
function countFrames(): void {
  const times: number[] = [];
  const before = '__typed' in window;
  Object.assign(window, { __typed: times });
  if (before) return;
  document.addEventListener('keydown', () => {
    const pressed = performance.now();
    requestAnimationFrame(() => {
      const channel = new MessageChannel();
      channel.port1.onmessage = () => (window as unknown as { __typed: number[] }).__typed.push(performance.now() - pressed);
      channel.port2.postMessage(null);
    });
  }, { capture: true });
}
