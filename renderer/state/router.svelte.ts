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

  constructor() {
    window.addEventListener('hashchange', () => {
      this.route = parseRoute(window.location.hash);
    });
  }

  go(route: Route): void {
    window.location.hash = hrefOf(route);
  }

  /** Without a step in the history: for redirects. */
  replace(route: Route): void {
    history.replaceState(history.state, '', hrefOf(route));
    this.route = route;
  }
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
