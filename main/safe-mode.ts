import { APP_ORIGIN } from './app-files.ts';
import { escapeHtml, PAGE_STYLE } from './plain-page.ts';

/** The page for when the member cannot run. Its two links are actions that main intercepts. */
export const SAFE_MODE_URL = `${APP_ORIGIN}/safe-mode`;
export const RETRY_URL = `${APP_ORIGIN}/safe-mode/retry`;
export const SHOW_DATA_URL = `${APP_ORIGIN}/safe-mode/show-data`;

export interface SafeModeFacts {
  readonly reason: string;
  readonly dataDir: string;
  readonly nonce: string;
}

export function safeModePage({ reason, dataDir, nonce }: SafeModeFacts): string {
  return `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<title>Ringleaf: safe mode</title>
<style nonce="${escapeHtml(nonce)}">${PAGE_STYLE}</style>
</head>
<body>
<main>
<h1>Ringleaf cannot start on this device</h1>
<p>Your records are where they were. Nothing is being sent or received until this is solved.</p>
<h2>Reason</h2>
<p role="alert">${escapeHtml(reason)}</p>
<p>Data folder: <code>${escapeHtml(dataDir)}</code></p>
<p><a href="${RETRY_URL}">Try again</a><a href="${SHOW_DATA_URL}">Show the data folder</a></p>
</main>
</body>
</html>
`;
}
