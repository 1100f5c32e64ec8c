/** A window of a member in a real Chromium, and what every screen has to stand. */
import assert from 'node:assert/strict';
import axe from 'axe-core';
import type { Browser, BrowserContext, Page } from 'playwright-core';
import type { RunningMember } from '../cluster/member-harness.ts';

export const SIZE = { width: 1280, height: 800 };

export interface OpenWindow {
  readonly page: Page;
  readonly context: BrowserContext;
  /** Errors and warnings of the page, as they come. */
  readonly complaints: string[];
}

export async function openWindow(browser: Browser, member: RunningMember): Promise<OpenWindow> {
  const context = await browser.newContext({ viewport: SIZE });
  const page = await context.newPage();
  const complaints: string[] = [];
  page.on('pageerror', (error) => complaints.push(error.message));
  page.on('console', (message) => {
    if (message.type() === 'error' || message.type() === 'warning') complaints.push(message.text());
  });
  await page.goto(`${member.url}/?token=${member.token}`);
  return { page, context, complaints };
}

/** The page had nothing to complain of, to the end. */
export async function close({ context, complaints }: OpenWindow): Promise<void> {
  assert.deepEqual(complaints, []);
  await context.close();
}

/** Goes to an address within the window, such as `#/keys/notes`, without loading it anew. */
export async function goTo(page: Page, hash: string): Promise<void> {
  await page.evaluate((to) => (location.hash = to), hash);
}

/** No violation that axe knows, light and dark. */
export async function assertAccessible(page: Page, screen: string): Promise<void> {
  for (const colorScheme of ['light', 'dark'] as const) {
    await page.emulateMedia({ colorScheme, reducedMotion: 'reduce' });
    await settled(page);
    assert.deepEqual(await violationsOn(page), [], `${screen}, ${colorScheme}`);
  }
}

/**
 * Axe itself in the page, put there once: its wrapper for Playwright does so for each look, in a
 * second page besides, which costs ten times what the look does. There are no frames to go into.
 */
async function violationsOn(page: Page): Promise<readonly string[]> {
  if (!(await page.evaluate(() => 'axe' in window))) await page.evaluate(axe.source);
  return await page.evaluate(async () => {
    const { violations } = await (window as unknown as { axe: typeof axe }).axe.run();
    return violations.map(({ id, nodes: [node] }) => `${id} at ${node?.html ?? ''}: ${node?.any[0]?.message ?? ''}`);
  });
}

/** Fonts are there and nothing moves: a colour on its way from one theme to the other is nobody's colour. */
export async function settled(page: Page): Promise<void> {
  await page.evaluate(async () => {
    const frame = () => new Promise((resolve) => requestAnimationFrame(resolve));
    await document.fonts.ready;
    await frame();
    await frame();
    const ending = document.getAnimations().filter((animation) => Number.isFinite(animation.effect?.getComputedTiming().endTime));
    await Promise.allSettled(ending.map(({ finished }) => finished));
    await frame();
  });
}
