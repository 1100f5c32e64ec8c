import assert from 'node:assert/strict';
import { test } from 'node:test';
import { appFileOf, isAppUrl, isHomeUrl } from '../../../main/app-files.ts';

test('the root is the page, and files have their type', () => {
  assert.deepEqual(appFileOf('app://ringleaf/'), { path: 'index.html', contentType: 'text/html; charset=utf-8' });
  assert.equal(appFileOf('app://ringleaf/assets/index-D_a1.js?v=1#x')?.path, 'assets/index-D_a1.js');
});

for (const path of [
  '..%2fmain%2findex.js', '%2e%2e%2fpackage.json', 'a/..%5c..%5cx.js', '%2fetc/x.js', '/etc/x.js', 'C:%5cx.js',
  'C%3a/x.js', 'x.js%00.html', 'x.js::$DATA', '.stamp', '.git/x.js', '%ff.js', 'x.exe', 'x', `${'a'.repeat(3_000)}.js`,
]) {
  test(`no file outside, hidden or of an unknown kind: ${path.slice(0, 40)}`, () => {
    assert.equal(appFileOf(`app://ringleaf/${path}`), null);
  });
}

test('.. that the URL itself resolves stays inside', () => {
  assert.equal(appFileOf('app://ringleaf/../../index.html')?.path, 'index.html');
});

for (const url of ['app://other/index.html', 'http://ringleaf/index.html', 'app://ringleaf:1/x.js', 'app://a@ringleaf/x.js', '', 'x']) {
  test(`a foreign origin is none of ours: ${url}`, () => {
    assert.equal(isAppUrl(url), false);
    assert.equal(appFileOf(url), null);
  });
}

test('home is the page at any route, nothing else', () => {
  assert.equal(isHomeUrl('app://ringleaf/#/welcome?invite=a'), true);
  assert.equal(isHomeUrl('app://ringleaf/safe-mode'), false);
  assert.equal(isHomeUrl('app://ringleaf/?x=1'), false);
});
