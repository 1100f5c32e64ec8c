/** SC-15: where `ringleaf start` has a passphrase from. */
import assert from 'node:assert/strict';
import { PassThrough } from 'node:stream';
import { test } from 'node:test';
import { askAtTerminal, askGiven, takePassphrase, type Terminal } from '../../../../main/member/passphrase.ts';
import { PersonAtWindow } from '../../../../main/member/person-at-window.ts';

class FakeTerminal extends PassThrough {
  readonly isTTY = true;
  readonly modes: boolean[] = [];
  setRawMode(isRaw: boolean): void {
    this.modes.push(isRaw);
  }
}

test('SC-15 the variable is taken out of what is passed on, and answers once', async () => {
  const env: NodeJS.ProcessEnv = { RINGLEAF_PASSPHRASE: 'correct horse', PATH: '/bin' };
  const ask = askGiven(takePassphrase(env), () => assert.fail('nobody else is asked'));
  assert.deepEqual(env, { PATH: '/bin' });
  assert.equal(await ask(false), 'correct horse');
  await assert.rejects(ask(true), { exitCode: 5, message: /RINGLEAF_PASSPHRASE is not the passphrase/ });
  assert.equal(takePassphrase({ RINGLEAF_PASSPHRASE: '' }), undefined);
});

test('SC-15 without a terminal a line says what is missing', async () => {
  const nothing: Terminal = new FakeTerminal();
  Object.assign(nothing, { isTTY: false });
  await assert.rejects(askAtTerminal(nothing, assert.fail)(false), { exitCode: 5, message: /give its passphrase in RINGLEAF_PASSPHRASE/ });
});

test('SC-15 a terminal shows nothing of what is typed, and is as before afterwards', async () => {
  const terminal = new FakeTerminal();
  let shown = '';
  const ask = askAtTerminal(terminal, (text) => (shown += text));
  const typed = async (keys: string, wasWrong: boolean): Promise<string> => {
    const line = ask(wasWrong);
    terminal.write(keys);
    return line;
  };
  assert.equal(await typed('corx\u007frect 東京\u007f\r', false), 'correct 東');
  assert.equal(await typed('next\n', true), 'next');
  assert.deepEqual(terminal.modes, [true, false, true, false]);
  assert.equal(terminal.listenerCount('data'), 0);
  assert.equal(shown, "Passphrase of this device's key: \nThat is not it. Passphrase of this device's key: \n");
  for (const end of ['\u0003', '\u0004']) await assert.rejects(typed(`abc${end}`, true), { exitCode: 5, message: 'No passphrase was given.' });
  await typed('fifth\r', true);
  await assert.rejects(typed('sixth\r', true), { exitCode: 5, message: /5 times a wrong passphrase/ });
  assert.deepEqual(terminal.modes.length % 2, 0);
});

test('SC-16 the member asks whoever sits at the window, and waits no more once it is to stop', async () => {
  const told: unknown[] = [];
  const person = new PersonAtWindow((message) => told.push(message));
  person.receive({ type: 'unlock', passphrase: 'nobody asked' });
  const first = person.ask(false);
  for (const nothing of [{ type: 'client' }, { type: 'unlock' }, { type: 'unlock', passphrase: 7 }]) person.receive(nothing);
  person.receive({ type: 'unlock', passphrase: 'correct horse' });
  assert.equal(await first, 'correct horse');
  const second = person.ask(true);
  person.receive({ type: 'stop' });
  await assert.rejects(second, { exitCode: 5 });
  assert.deepEqual(told, [{ type: 'locked', wasWrong: false }, { type: 'locked', wasWrong: true }]);
});
