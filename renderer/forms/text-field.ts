/**
 * Text in a field of a page. A field knows one line break, and no control characters; text that
 * would come back changed is shown as JSON instead.
 */

/** True when a text field gives this text back as it is. */
export function fitsField(text: string): boolean {
  const unix = toField(text);
  return !/[\u0000-\u0008\u000b-\u001f]/.test(unix) && (unix === text || !/(^|[^\r])\n/.test(text));
}

/** As a field holds it. */
export function toField(text: string): string {
  return text.replaceAll('\r\n', '\n');
}

/** What a person typed, with the line breaks of what stood there before. */
export function fromField(typed: string, before: string): string {
  return before.includes('\r\n') ? typed.replaceAll(/\r?\n/g, '\r\n') : typed;
}
