/**
 * Hash routes: `#/keys/<bucket>/<key>`, `#/conflicts/<bucket>/<key>`, `#/ring/<bucket>/<key>`, `#/settings/<bucket>`,
 * `#/trash/<bucket>`, `#/team`, `#/activity`, `#/welcome`.
 */

export type Route =
  | { readonly screen: 'welcome' }
  | { readonly screen: 'keys'; readonly bucket?: string; readonly key?: string }
  | { readonly screen: 'trash'; readonly bucket: string }
  | { readonly screen: 'conflicts' }
  | { readonly screen: 'merge'; readonly bucket: string; readonly key: string }
  | { readonly screen: 'team' }
  | { readonly screen: 'activity' }
  | { readonly screen: 'ring'; readonly bucket?: string; readonly key?: string }
  | { readonly screen: 'settings'; readonly bucket?: string };

export class Router {
  route = $state.raw<Route>(parseRoute(window.location.hash));
  /** Of a link that was followed; a person is asked before it is used. */
  invite = $state<string | null>(null);

  constructor() {
    this.#takeInvite();
    window.addEventListener('hashchange', () => {
      if (!this.#takeInvite()) this.route = parseRoute(window.location.hash);
    });
  }

  dropInvite(): void {
    this.invite = null;
  }

  go(route: Route): void {
    window.location.hash = hrefOf(route);
  }

  /** It leaves the address at once, so that a reload does not ask again. The screen stays. */
  #takeInvite(): boolean {
    const invite = inviteIn(window.location.hash);
    if (invite === null) return false;
    this.invite = invite;
    history.replaceState(history.state, '', hrefOf(this.route));
    return true;
  }

  /** Without a step in the history: for redirects. */
  replace(route: Route): void {
    history.replaceState(history.state, '', hrefOf(route));
    this.route = route;
  }
}

/** The invite of `#/welcome?invite=…`, or `null` when there is none that could be one. */
export function inviteIn(hash: string): string | null {
  const invite = /^#\/welcome\?invite=([A-Za-z0-9_.~-]{1,2048})$/.exec(hash)?.[1];
  return invite ?? null;
}

export function hrefOf(route: Route): string {
  switch (route.screen) {
    case 'keys':
    case 'ring':
      return path(route.screen, route.bucket, route.key);
    case 'settings':
    case 'trash':
      return path(route.screen, route.bucket);
    case 'merge':
      return path('conflicts', route.bucket, route.key);
    case 'welcome':
    case 'conflicts':
    case 'team':
    case 'activity':
      return path(route.screen);
  }
}

export function parseRoute(hash: string): Route {
  const [screen, bucket, key] = hash.replace(/^#\//, '').split('/').map(decode);
  switch (screen) {
    case 'welcome':
    case 'team':
    case 'activity':
      return { screen };
    case 'conflicts':
      return bucket && key ? { screen: 'merge', bucket, key } : { screen: 'conflicts' };
    case 'ring':
      return bucket && key ? { screen, bucket, key } : { screen };
    case 'trash':
      return bucket ? { screen, bucket } : { screen: 'keys' };
    case 'settings':
      return bucket ? { screen, bucket } : { screen };
    default:
      if (!bucket) return { screen: 'keys' };
      return key ? { screen: 'keys', bucket, key } : { screen: 'keys', bucket };
  }
}

function path(screen: string, ...names: readonly (string | undefined)[]): string {
  const given = names.filter((name) => name !== undefined && name !== '');
  return `#/${[screen, ...given].map((name) => encodeURIComponent(name ?? '')).join('/')}`;
}

/** A hand-written address may hold a broken escape; then it is taken as it stands. */
function decode(part: string): string {
  try {
    return decodeURIComponent(part);
  } catch {
    return part;
  }
}
