import { APP_ORIGIN } from './app-files.ts';

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
<style nonce="${escapeHtml(nonce)}">
  :root { color-scheme: light dark; font: 16px/1.5 system-ui, sans-serif; }
  main { max-width: 40rem; margin: 12vh auto; padding: 0 2rem; }
  pre { white-space: pre-wrap; overflow-wrap: anywhere; padding: 1rem; border: 1px solid GrayText; border-radius: 6px; }
  a { display: inline-block; margin: 0 1rem 1rem 0; padding: .5rem 1rem; border: 1px solid; border-radius: 6px; color: inherit; }
</style>
</head>
<body>
<main>
<h1>Ringleaf cannot start on this device</h1>
<p>Your records are where they were. Nothing is being sent or received until this is solved.</p>
<h2>Reason</h2>
<pre role="alert">${escapeHtml(reason)}</pre>
<p>Data folder: <code>${escapeHtml(dataDir)}</code></p>
<p><a href="${RETRY_URL}">Try again</a><a href="${SHOW_DATA_URL}">Show the data folder</a></p>
</main>
</body>
</html>
`;
}

function escapeHtml(text: string): string {
  return text.replace(/[&<>"']/g, (mark) => `&#${mark.charCodeAt(0)};`);
}
