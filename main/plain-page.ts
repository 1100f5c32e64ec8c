/** For the pages that main makes itself: no script, and every text escaped. */
export const PAGE_STYLE = `
  :root { color-scheme: light dark; font: 16px/1.5 system-ui, sans-serif; }
  main { max-width: 40rem; margin: 12vh auto; padding: 0 2rem; }
  pre { white-space: pre-wrap; overflow-wrap: anywhere; padding: 1rem; border: 1px solid GrayText; border-radius: 6px; }
  a { display: inline-block; margin: 0 1rem 1rem 0; padding: .5rem 1rem; border: 1px solid; border-radius: 6px; color: inherit; }
`;

export function escapeHtml(text: string): string {
  return text.replace(/[&<>"']/g, (mark) => `&#${mark.charCodeAt(0)};`);
}
