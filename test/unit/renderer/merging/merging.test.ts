import '../merge/svelte-modules.ts';
import assert from 'node:assert/strict';
import { mock, test } from 'node:test';
import type { ApiEvent, MergingKey } from '../../../../main/api/contract.ts';
import type { Client } from '../../../../renderer/state/client.ts';
import type { LinkState } from '../../../../renderer/state/link.ts';

const { MERGING_SAY_MS, MergingNow } = await import('../../../../renderer/state/merging.svelte.ts');
const NAME = { bucket: 'b', key: 'k' };

function member() {
  const said: boolean[] = [];
  const told = { keys: [] as readonly MergingKey[], answers: true };
  let onEvent: (event: ApiEvent) => void = () => undefined;
  let onLink: (state: LinkState) => void = () => undefined;
  const merging = new MergingNow({
    sayMerging: ({ isOn, ...name }) => {
      said.push(isOn);
      return told.answers ? Promise.resolve({ ...name, by: ['ben'] }) : Promise.reject(new Error('gone'));
    },
    merging: () => (told.answers ? Promise.resolve(told.keys) : Promise.reject(new Error('gone'))),
    onEvent: (handler) => {
      onEvent = handler;
      return () => undefined;
    },
    onLink: (handler) => {
      onLink = handler;
      return () => undefined;
    },
  } satisfies Partial<Client>);
  return { merging, said, told, event: (event: ApiEvent) => onEvent(event), link: (state: LinkState) => onLink(state) };
}

const settled = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));

test('MG-11 a window says that it merges until it stops, and then that it has stopped', async () => {
  mock.timers.enable({ apis: ['setInterval'] });
  const { merging, said, told } = member();
  const stop = merging.say(NAME);
  await settled();
  assert.deepEqual(merging.by(NAME), ['ben'], 'the answer says who else does');
  mock.timers.tick(2 * MERGING_SAY_MS);
  told.answers = false;
  stop();
  mock.timers.tick(5 * MERGING_SAY_MS);
  await settled();
  mock.timers.reset();
  assert.deepEqual(said, [true, true, true, false]);
});

test('MG-11 events say who merges; after a reconnect it is asked anew', async () => {
  const { merging, told, event, link } = member();
  event({ type: 'merging', ...NAME, by: ['ben', 'cleo'] });
  assert.deepEqual(merging.by(NAME), ['ben', 'cleo']);
  event({ type: 'merging', ...NAME, by: [] });
  assert.deepEqual(merging.by(NAME), []);
  event({ type: 'merging', ...NAME, by: ['ben'] });
  told.keys = [{ bucket: 'b', key: 'other', by: ['cleo'] }];
  link('open');
  await settled();
  assert.deepEqual([merging.by(NAME), merging.by({ bucket: 'b', key: 'other' })], [[], ['cleo']]);
  told.answers = false;
  link('open');
  await settled();
  assert.deepEqual(merging.by({ bucket: 'b', key: 'other' }), ['cleo'], 'what was known stays while nobody answers');
});
