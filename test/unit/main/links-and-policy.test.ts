import assert from 'node:assert/strict';
import { test } from 'node:test';
import { contentSecurityPolicy, withNonce } from '../../../main/csp.ts';
import { parseDeepLink, welcomeRoute } from '../../../main/deep-link.ts';
import { launchOf } from '../../../main/launch.ts';
import { safeModePage } from '../../../main/safe-mode.ts';
import { windowStateOf, windowStateText } from '../../../main/window-state.ts';

const NONCE = 'AAAAAAAAAAAAAAAAAAAAAAAA';

test('a join link gives its invite', () => {
  assert.deepEqual(parseDeepLink('ringleaf://join/aB-_9/'), { invite: 'aB-_9' });
  assert.equal(welcomeRoute({ invite: 'aB' }), '#/welcome?invite=aB');
});

for (const link of ['ringleaf://join/', 'ringleaf://leave/a', 'ringleaf://join/a b', 'ringleaf://join/a&x=1', 'ringleaf://join/a#b',
  'ringleaf://join/<a>', 'ringleaf://join/a/b', 'ringleaf://join/a\n', 'xringleaf://join/a', `ringleaf://join/${'a'.repeat(3_000)}`]) {
  test(`a hostile link gives nothing: ${JSON.stringify(link.slice(0, 40))}`, () => assert.equal(parseDeepLink(link), null));
}

test('the policy allows own scripts only, and refuses a nonce that breaks out', () => {
  const policy = contentSecurityPolicy(NONCE);
  assert.match(policy, /^default-src 'none'; script-src 'self'; /);
  assert.doesNotMatch(policy, /unsafe/);
  assert.throws(() => contentSecurityPolicy(`${NONCE}'; script-src *`));
});

test('the nonce replaces the placeholder, or is added', () => {
  const meta = `<meta name="csp-nonce" content="${NONCE}">`;
  assert.equal(withNonce('<head><meta name="csp-nonce" content="__X__" /></head>', NONCE), `<head>${meta}</head>`);
  assert.equal(withNonce('<head></head>', NONCE), `<head>${meta}</head>`);
});

test('only known options reach the member, and none after a link', () => {
  const argv = ['electron', '--no-sandbox', '--inspect=0', '.', '--data-dir', '/d', '--no-mdns', '--zone=a', 'ringleaf://x', '--name', 'evil'];
  const launch = launchOf(argv, { env: {}, appData: '/app' });
  assert.deepEqual(launch.memberArgs, ['--data-dir', '/d', '--no-mdns', '--zone', 'a']);
  assert.equal(launchOf([], { env: { RINGLEAF_DATA_DIR: '/e' }, appData: '/app' }).dataDir, '/e');
  assert.equal(launchOf([], { env: {}, appData: '/app' }).dataDir, '/app/Ringleaf');
});

test('the reason in safe mode is text', () => {
  assert.doesNotMatch(safeModePage({ reason: '<img src=x>', dataDir: '"&', nonce: NONCE }), /<img|"&</);
});

test('DM-15 a window comes back where it was, or onto a screen that is there', () => {
  const place = { x: 10, y: 20, width: 900, height: 600 };
  const screen = { x: 0, y: 0, width: 1_600, height: 1_000 };
  assert.deepEqual(windowStateOf(windowStateText(place, true), [screen]), { place, maximized: true });
  const placed = (change: object, screens = [screen]): object | null => windowStateOf(windowStateText({ ...place, ...change }, false), screens).place;
  assert.deepEqual(placed({ x: -500 }), { ...place, x: -500 }, 'partly off: left alone');
  assert.deepEqual(placed({ x: 5_000 }), { x: 700, y: 20, width: 900, height: 600 });
  assert.deepEqual(placed({ x: -5_000, y: 9_000, width: 4_000, height: 3_000 }), { x: 0, y: 0, width: 1_600, height: 1_000 });
  assert.deepEqual(placed({ y: -100 }), { ...place, y: 0 }, 'its title bar can be got hold of');
  const second = { x: 1_600, y: 0, width: 1_000, height: 800 };
  assert.deepEqual(placed({ x: 1_700, y: 700 }, [screen, second]), { ...place, x: 1_700, y: 700 }, 'on the screen that shows most of it');
  assert.equal(placed({}, []), null);
  for (const text of ['', '{', '{"x":1e99}', 'null']) assert.equal(windowStateOf(text, [screen]).place, null);
});
