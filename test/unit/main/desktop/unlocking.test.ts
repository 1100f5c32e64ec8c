/** SC-16: a passphrase goes from a person to the member, and nowhere else. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { contentSecurityPolicy } from '../../../../main/csp.ts';
import { Unlocking } from '../../../../main/desktop/unlocking.ts';
import { memberMessageOf } from '../../../../main/member-host.ts';
import { passphraseIn, UNLOCK_BODY_BYTES_MAX, unlockPage } from '../../../../main/unlock-page.ts';

const NONCE = 'c29tZXRoaW5nIHJhbmRvbSE=';

function started(): { readonly unlocking: Unlocking; readonly sent: string[]; readonly asked: () => number } {
  const sent: string[] = [];
  let asked = 0;
  const unlocking = new Unlocking({ send: (passphrase) => sent.push(passphrase), onAsk: () => (asked += 1) });
  return { unlocking, sent, asked: () => asked };
}

test('SC-16 a person is asked until it opens, and each answer goes to the member once', () => {
  const { unlocking, sent, asked } = started();
  unlocking.onPassphrase('nobody asked');
  unlocking.onLocked(false);
  assert.deepEqual([unlocking.phase, unlocking.isShown, asked()], ['asking', true, 1]);
  unlocking.onPassphrase('wrong');
  unlocking.onPassphrase('wrong');
  assert.equal(unlocking.phase, 'trying');
  unlocking.onLocked(true);
  assert.deepEqual([unlocking.phase, asked()], ['wrong', 2]);
  unlocking.onPassphrase('right');
  unlocking.onEnd();
  assert.equal(unlocking.isShown, false);
  assert.deepEqual(sent, ['wrong', 'right']);
});

test('SC-16 a member that crashed comes back without a person; one whose passphrase is another by now asks', () => {
  const { unlocking, sent, asked } = started();
  unlocking.onLocked(false);
  unlocking.onPassphrase('right');
  unlocking.onEnd();
  unlocking.onLocked(false);
  assert.deepEqual([sent, asked(), unlocking.isShown], [['right', 'right'], 1, false]);
  unlocking.onLocked(true);
  assert.deepEqual([unlocking.phase, asked(), unlocking.isShown], ['wrong', 2, true]);
  unlocking.onLocked(false);
  assert.deepEqual([sent.length, asked()], [2, 3], 'what was wrong is forgotten');
});

test('SC-16 the page has no script, says what it waits for, and what a lost passphrase means', () => {
  const pages = (['asking', 'wrong', 'trying'] as const).map((phase) => unlockPage({ phase, nonce: NONCE }));
  for (const page of pages) {
    assert.doesNotMatch(page, /<script/);
    assert.match(page, /records are on its other devices: this device then has to join anew/);
  }
  const [asking = '', wrong = '', trying = ''] = pages;
  assert.match(asking, /<form method="post"/);
  assert.doesNotMatch(asking, /role="alert"/);
  assert.match(wrong, /role="alert">That is not the passphrase/);
  assert.doesNotMatch(trying, /<form/);
  assert.match(contentSecurityPolicy(NONCE, 'forms'), /form-action 'self'/);
  assert.match(contentSecurityPolicy(NONCE), /form-action 'none'/);
});

test('SC-16 what the form sends is read within bounds', () => {
  const longest = '東'.repeat(1_024);
  const body = new URLSearchParams({ passphrase: longest }).toString();
  assert.ok(body.length <= UNLOCK_BODY_BYTES_MAX);
  assert.equal(passphraseIn(body), longest);
  assert.equal(passphraseIn('passphrase=a+b%26c%2B'), 'a b&c+');
  for (const nothing of ['', 'passphrase=', 'other=x', `passphrase=${'x'.repeat(1_025)}`]) assert.equal(passphraseIn(nothing), null);
});

test('SC-16 the member says that it is locked in one shape', () => {
  assert.deepEqual(memberMessageOf({ type: 'locked', wasWrong: true }), { type: 'locked', wasWrong: true });
  for (const wasWrong of [undefined, 1, 'true', false]) assert.deepEqual(memberMessageOf({ type: 'locked', wasWrong }), { type: 'locked', wasWrong: false });
});
