/** WN-35: what the shell tells of a file that the page gave to be saved. */
import assert from 'node:assert/strict';
import { EventEmitter } from 'node:events';
import { test } from 'node:test';
import type { FileSaved } from '../../../../main/desktop/contract.ts';
import { watchSaving } from '../../../../main/desktop/saving.ts';

const URL = 'blob:app://ringleaf/1';

class FakeItem extends EventEmitter {
  options: { readonly title?: string; readonly defaultPath?: string; readonly filters?: readonly object[] } = {};
  path = '/home/ada/x.jsonl';
  cancelled = 0;
  readonly #name: string;

  constructor(name: string) {
    super();
    this.#name = name;
  }

  getURL = (): string => URL;
  getFilename = (): string => this.#name;
  getSavePath = (): string => this.path;
  setSaveDialogOptions = (options: typeof this.options): void => void (this.options = options);
  cancel = (): void => {
    this.cancelled += 1;
    this.emit('done', {}, 'cancelled');
  };
}

function given(name = 'x.jsonl', event = { defaultPrevented: false }): { readonly item: FakeItem; readonly told: FileSaved[] } {
  const session = new EventEmitter();
  const told: FileSaved[] = [];
  watchSaving(session, { folder: () => '/home/ada', onEnd: (saved) => told.push(saved) });
  const item = new FakeItem(name);
  session.emit('will-download', event, item);
  return { item, told };
}

test('WN-35 the page is told once that a file was saved, that nobody said where to, or that it could not be written', () => {
  for (const [state, outcome] of [['completed', 'saved'], ['cancelled', 'cancelled'], ['interrupted', 'failed']] as const) {
    const { item, told } = given();
    item.emit('updated', {}, 'progressing');
    assert.deepEqual(told, []);
    item.emit('done', {}, state);
    assert.deepEqual(told, [{ url: URL, outcome, path: '/home/ada/x.jsonl' }]);
  }
});

test('WN-35 a file that breaks off midway is given up, and told as not written', () => {
  const { item, told } = given();
  item.emit('updated', {}, 'interrupted');
  assert.equal(item.cancelled, 1);
  assert.deepEqual(told.map(({ outcome }) => outcome), ['failed']);
});

test('WN-35 the system asks where to, from a folder and a name on; what another listener refused is not asked for', () => {
  assert.deepEqual(given().item.options, { title: 'Save x.jsonl', defaultPath: '/home/ada/x.jsonl', filters: [{ name: 'JSON Lines', extensions: ['jsonl'] }] });
  assert.deepEqual(given('no extension').item.options, { title: 'Save no extension', defaultPath: '/home/ada/no extension', filters: [] });
  const { item, told } = given('x.jsonl', { defaultPrevented: true });
  item.emit('done', {}, 'cancelled');
  assert.deepEqual([item.options, told], [{}, []]);
});
