import { APP_ORIGIN } from '../app-files.ts';
import { escapeHtml, PAGE_STYLE } from '../plain-page.ts';

/** The small window shown while quitting waits. Its links are actions that main intercepts. */
export const QUIT_URL = `${APP_ORIGIN}/quitting`;
export const QUIT_NOW_URL = `${APP_ORIGIN}/quitting/now`;
export const QUIT_WAIT_URL = `${APP_ORIGIN}/quitting/wait`;
export const QUIT_STAY_URL = `${APP_ORIGIN}/quitting/stay`;

export interface QuitPageFacts {
  readonly words: string;
  readonly detail: string;
  readonly nonce: string;
}

export function quitPage({ words, detail, nonce }: QuitPageFacts): string {
  return `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<title>Quitting Ringleaf</title>
<style nonce="${escapeHtml(nonce)}">${PAGE_STYLE}
  main { margin: 0; padding: 1.25rem 1.5rem; }
  h1 { font-size: 1.1rem; margin: 0 0 .5rem; }
  progress { width: 100%; }
</style>
</head>
<body>
<main>
<h1 role="status">${escapeHtml(words)}</h1>
<progress aria-label="Handing over"></progress>
<p>${escapeHtml(detail)}</p>
<p><a href="${QUIT_WAIT_URL}">Wait</a><a href="${QUIT_NOW_URL}">Quit anyway</a><a href="${QUIT_STAY_URL}">Keep Ringleaf open</a></p>
</main>
</body>
</html>
`;
}
