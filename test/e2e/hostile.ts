/** Strings that were written to harm whoever looks at them, and a watch for what they may do to a page. */
import assert from 'node:assert/strict';
import type { BrowserContext, Page } from 'playwright-core';

/** A server of whoever attacks: nobody listens there, and nobody may try. */
const ELSEWHERE = 'http://127.0.0.9:9';

/** Each would set `__ran`, go elsewhere, or change the page, if anything took it for more than text. */
export const PAYLOADS: readonly string[] = [
  '<script>window.__ran=1</script>',
  '</script><script>window.__ran=1</script>',
  '<img src=x onerror="window.__ran=1">',
  `<img src="${ELSEWHERE}/pixel.gif">`,
  '"><svg/onload=window.__ran=1>',
  '<svg><animate onbegin=window.__ran=1 attributeName=x dur=1s>',
  '" autofocus onfocus="window.__ran=1" x="',
  "' onmouseover='window.__ran=1",
  '<a href="javascript:window.__ran=1">open</a>',
  '[open](javascript:window.__ran=1)',
  'javascript:window.__ran=1',
  'data:text/html,<script>parent.__ran=1</script>',
  '<iframe srcdoc="<script>parent.__ran=1</script>"></iframe>',
  '<object data="javascript:window.__ran=1">',
  '<math><mi xlink:href="data:x,<script>window.__ran=1</script>">',
  '<noscript><p title="</noscript><img src=x onerror=window.__ran=1>">',
  '</textarea></title></style><script>window.__ran=1</script>',
  `<meta http-equiv="refresh" content="0;url=${ELSEWHERE}/">`,
  `<link rel=stylesheet href=${ELSEWHERE}/x.css>`,
  `<base href=${ELSEWHERE}/>`,
  `<form action=${ELSEWHERE}/><input autofocus></form>`,
  '<style>*{display:none!important}</style>',
  '<dialog open>Type your password</dialog>',
  "{{constructor.constructor('window.__ran=1')()}}",
  '${window.__ran=1}',
  '{@html "<img src=x onerror=window.__ran=1>"}',
  '#{window.__ran=1}<%= window.__ran=1 %>',
  '__proto__',
  'constructor',
  '../../v1/status?token=',
  '%3Cscript%3Ewindow.__ran=1%3C/script%3E',
  '"),window.__ran=1,("',
  "'; window.__ran=1; //",
  'url(javascript:window.__ran=1)',
  'e\u0301'.repeat(3) + 'Z\u0351\u036b\u0343\u036a\u0302\u036b\u033d\u034f\u0334\u0319\u0324'.repeat(6),
];

/** Marks of the names: no screen may hold them as they are. The values have others. */
export const UNSEEN_IN_NAMES = ['\u202e', '\u200b'] as const;

/** Ends in what looks like `Ada`, and is another. */
export const IMPOSTOR = 'A\u200bda';
/** Would turn the words behind it round. */
export const TURNED = 'exe.\u202efdp';

/** Values only: what no name may be. */
export const HOSTILE_VALUES: readonly string[] = [...PAYLOADS, '\u2067turned\u2066 round', 'bell\u0007 and escape\u001b[31m', 'x'.repeat(60_000), '\u{1f468}\u200d\u{1f469}'.repeat(50), '\u2028\u2029'];

/** The longest key there may be, with no place to break it. */
export const LONG_KEY = `long/${'W'.repeat(1_019)}`;

export interface Watch {
  /** Nothing of all that happened. */
  readonly assertCalm: (where: string) => Promise<void>;
}

/** Before the page is opened: notes scripts, dialogs, windows, navigation, requests elsewhere, and breaches of the policy. */
export async function watch(context: BrowserContext, page: Page, origin: string): Promise<Watch> {
  const seen: string[] = [];
  await context.addInitScript(() => {
    const breaches: string[] = [];
    Object.assign(window, { __breaches: breaches });
    document.addEventListener('securitypolicyviolation', (event) => breaches.push(`${event.violatedDirective}: ${event.blockedURI} ${event.sample}`));
  });
  page.on('dialog', (dialog) => {
    seen.push(`dialog: ${dialog.message()}`);
    void dialog.dismiss();
  });
  context.on('page', (other) => seen.push(`window: ${other.url()}`));
  context.on('request', (request) => {
    const url = request.url();
    if (!url.startsWith(`${origin}/`) && !url.startsWith(`ws${origin.slice(4)}/`) && !url.startsWith('data:')) seen.push(`request: ${url}`);
  });
  page.on('framenavigated', (frame) => {
    if (frame !== page.mainFrame() || new URL(frame.url()).pathname !== '/') seen.push(`navigation: ${frame.url()}`);
  });
  page.on('pageerror', (error) => seen.push(`error: ${error.message}`));
  page.on('console', (message) => {
    if (message.type() === 'error' || message.type() === 'warning') seen.push(`console: ${message.text()}`);
  });
  return {
    async assertCalm(where) {
      assert.deepEqual([...seen, ...(await page.evaluate(findings, [...UNSEEN_IN_NAMES]))], [], where);
    },
  };
}

/** In the page: what ran, what was made of strings, and names that hide something. */
function findings(unseen: readonly string[]): string[] {
  const { __ran, __breaches } = window as unknown as { __ran?: unknown; __breaches: readonly string[] };
  const found = [...__breaches.map((breach) => `policy: ${breach}`)];
  if (__ran !== undefined) found.push('a script ran');
  const all = [...document.querySelectorAll('*')];
  for (const element of all) {
    if (element.matches('iframe, object, embed, base, form[action], meta[http-equiv=refresh], a[href^="javascript:" i], math, animate, noscript p')) found.push(`made of a string: ${element.outerHTML.slice(0, 120)}`);
    for (const { name, value } of element.attributes) {
      if (name.startsWith('on')) found.push(`handler: ${element.outerHTML.slice(0, 120)}`);
      const isShown = ['title', 'aria-label', 'alt', 'placeholder', 'aria-valuetext'].includes(name);
      if (isShown && unseen.some((mark) => value.includes(mark))) found.push(`unseen in ${name}: ${JSON.stringify(value)}`);
    }
  }
  const texts = document.createTreeWalker(document.documentElement, NodeFilter.SHOW_TEXT);
  for (let node = texts.nextNode(); node !== null; node = texts.nextNode()) {
    const text = node.textContent ?? '';
    if (unseen.some((mark) => text.includes(mark))) found.push(`unseen in text: ${JSON.stringify(text.slice(0, 120))}`);
  }
  if (document.documentElement.scrollWidth > window.innerWidth) {
    const widest = all.toSorted((a, b) => b.getBoundingClientRect().right - a.getBoundingClientRect().right).slice(0, 3);
    found.push(`wider than the window: ${widest.map((one) => one.outerHTML.slice(0, 200)).join(' | ')}`);
  }
  return [...new Set(found)];
}
