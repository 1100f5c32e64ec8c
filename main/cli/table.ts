/** Tables for people. What others wrote is shown without its control characters. */
export function table(head: readonly string[], rows: readonly (readonly unknown[])[]): string {
  const cells = [head, ...rows.map((row) => row.map(show))];
  const widths = head.map((_, column) => Math.max(...cells.map((row) => (row[column] ?? '').length)));
  return cells.map((row) => `${row.map((cell, column) => cell.padEnd(widths[column] ?? 0)).join('  ').trimEnd()}\n`).join('');
}

/** A terminal obeys control characters: a peer's text must hold none. */
export function show(value: unknown): string {
  const text = typeof value === 'string' ? value : value === undefined || value === null ? '-' : JSON.stringify(value);
  return text.replace(/[\p{Cc}\p{Bidi_Control}]/gu, '\uFFFD');
}
