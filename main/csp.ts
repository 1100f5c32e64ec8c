const NONCE_PATTERN = /^[A-Za-z0-9+/_-]{16,}={0,2}$/;

/**
 * The policy of every page: own files only, no inline script, styles by nonce (CodeMirror adds its
 * style sheets at run time), and Trusted Types, so that a value shown can never become markup.
 * @param forms Whether a form of the page may be sent to its own origin.
 * @throws when the nonce could break out of the header.
 */
export function contentSecurityPolicy(nonce: string, forms: 'forms' | 'no-forms' = 'no-forms'): string {
  if (!NONCE_PATTERN.test(nonce)) throw new Error('a CSP nonce is base64 of at least 12 bytes');
  return [
    "default-src 'none'",
    "script-src 'self'",
    `style-src 'self' 'nonce-${nonce}'`,
    "img-src 'self' data:",
    "font-src 'self'",
    "connect-src 'self'",
    "object-src 'none'",
    "base-uri 'none'",
    `form-action ${forms === 'forms' ? "'self'" : "'none'"}`,
    "frame-ancestors 'none'",
    "require-trusted-types-for 'script'",
    'trusted-types svelte-trusted-html',
  ].join('; ');
}

/** The page with this load's nonce in `<meta name="csp-nonce">`, added when the page has none. */
export function withNonce(html: string, nonce: string): string {
  const meta = `<meta name="csp-nonce" content="${nonce}">`;
  const placeholder = /<meta\s[^>]*name=["']csp-nonce["'][^>]*>/i;
  if (placeholder.test(html)) return html.replace(placeholder, () => meta);
  return html.replace(/<head[^>]*>/i, (head) => head + meta);
}
