/** Longer than any invite that this app makes: an invite is some hundred characters. */
export const LINK_CHARS_MAX = 2_048;

/**
 * Any web page can open `ringleaf://…`, so a link is hostile. It can do one thing only: offer an
 * invite, which the page shows and a person confirms. An invite is base64url.
 */
const JOIN_LINK = /^ringleaf:\/\/join\/([A-Za-z0-9_.~-]+)\/?$/i;

export interface DeepLink {
  readonly invite: string;
}

export function parseDeepLink(text: string): DeepLink | null {
  if (text.length > LINK_CHARS_MAX) return null;
  const invite = JOIN_LINK.exec(text)?.[1];
  return invite === undefined ? null : { invite };
}

/** Whether an argument claims to be a link, well-formed or not. */
export function looksLikeDeepLink(argument: string): boolean {
  return /^ringleaf:/i.test(argument);
}

/** The first well-formed link of a command line. */
export function deepLinkIn(argv: readonly string[]): DeepLink | null {
  for (const argument of argv) {
    const link = parseDeepLink(argument);
    if (link !== null) return link;
  }
  return null;
}

/** Where the interface asks whether to use the invite. */
export function welcomeRoute(link: DeepLink): string {
  return `#/welcome?invite=${encodeURIComponent(link.invite)}`;
}
