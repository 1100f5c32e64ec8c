/** For the pages that main makes itself: no script, every text escaped, the colours of the window. */
export const PAGE_STYLE = `
  :root {
    color-scheme: light dark; font: 15px/1.5 system-ui, sans-serif;
    --accent: light-dark(#17694c, #6fd0a8); --danger: light-dark(#ab2a26, #ff9890);
    background: light-dark(#fbfbfa, #171a19); color: light-dark(#1a201d, #e9edeb);
  }
  body { margin: 0; }
  main { max-width: 36rem; margin: 12vh auto 2rem; padding: 0 2rem; }
  h1 { font-size: 1.5rem; line-height: 1.25; margin: 0 0 .75rem; }
  h2 { font-size: 1rem; margin: 1.75rem 0 .25rem; }
  p { margin: 0 0 .75rem; }
  code { overflow-wrap: anywhere; }
  [role=alert] {
    white-space: pre-line; overflow-wrap: anywhere; margin: 0 0 1rem; padding: .75rem 1rem; border-radius: 8px;
    border-left: 4px solid var(--danger); background: light-dark(#fbe8e6, #42211f);
  }
  a, button, input {
    display: inline-block; box-sizing: border-box; margin: 0 .5rem .5rem 0; padding: .5rem 1rem; font: inherit; color: inherit;
    border: 1px solid light-dark(#868d89, #747d79); border-radius: 8px; background: light-dark(#ffffff, #1d2120); text-decoration: none;
  }
  button { border-color: transparent; background: var(--accent); color: light-dark(#ffffff, #08261b); font-weight: 500; cursor: pointer; }
  :focus-visible { outline: 2px solid var(--accent); outline-offset: 2px; }
`;

export function escapeHtml(text: string): string {
  return text.replace(/[&<>"']/g, (mark) => `&#${mark.charCodeAt(0)};`);
}
