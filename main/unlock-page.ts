import { PASSPHRASE_CHARS_MAX } from '../p2p/bounds.ts';
import { APP_ORIGIN } from './app-files.ts';
import type { UnlockPhase } from './desktop/unlocking.ts';
import { escapeHtml, PAGE_STYLE } from './plain-page.ts';

/** The page that asks for the passphrase of the device's key. Its form comes back to this address. */
export const UNLOCK_URL = `${APP_ORIGIN}/unlock`;
/** A passphrase of the longest, each character of it three bytes, each byte as `%XX`. */
export const UNLOCK_BODY_BYTES_MAX = 16_384;

const FIELD = 'passphrase';

export interface UnlockFacts {
  readonly phase: UnlockPhase;
  readonly nonce: string;
}

/** What the form sends, `application/x-www-form-urlencoded`; `null` when there is no passphrase in it. */
export function passphraseIn(body: string): string | null {
  const passphrase = new URLSearchParams(body).get(FIELD) ?? '';
  return passphrase === '' || passphrase.length > PASSPHRASE_CHARS_MAX ? null : passphrase;
}

export function unlockPage({ phase, nonce }: UnlockFacts): string {
  return `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<title>Ringleaf: unlock</title>
<style nonce="${escapeHtml(nonce)}">${PAGE_STYLE}
  label { display: block; margin: 1rem 0 .25rem; font-weight: 500; }
  input { width: min(24rem, 100%); }
</style>
</head>
<body>
<main>
<h1>Unlock this device</h1>
<p>The key by which your team knows this device is encrypted. Ringleaf starts when it is open.</p>
${form(phase)}
<h2>If the passphrase is lost</h2>
<p>Nobody can bring it back. Your team’s records are on its other devices: this device then has to join anew, with an invitation. It brings what it has along. How is told in the reference, under “The device’s key”.</p>
</main>
</body>
</html>
`;
}

function form(phase: UnlockPhase): string {
  if (phase === 'trying') return '<p role="status">Opening the key…</p>';
  const wrong = phase === 'wrong' ? '<p role="alert">That is not the passphrase. Nothing was changed: try again.</p>\n' : '';
  return `${wrong}<form method="post" action="${UNLOCK_URL}">
<label for="${FIELD}">Passphrase</label>
<input id="${FIELD}" name="${FIELD}" type="password" autocomplete="off" required autofocus maxlength="${PASSPHRASE_CHARS_MAX}">
<button type="submit">Unlock</button>
</form>`;
}
