/** The window's end of its MessagePort. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { ServerFrame } from '../../../../main/api/contract.ts';
import { openLink } from '../../../../renderer/state/link.ts';

test('WN-18 the window says how many events it has taken, so that the member goes on telling it', async (t) => {
  const page = Object.assign(new EventTarget(), { ringleaf: { desktop: true }, postMessage: () => undefined });
  Object.assign(globalThis, { window: page });
  const { port1, port2 } = new MessageChannel();
  t.after(() => {
    port1.close();
    port2.close();
  });
  const frames: ServerFrame[] = [];
  const states: string[] = [];
  openLink({ onFrame: (frame) => frames.push(frame), onState: (state) => states.push(state) });
  page.dispatchEvent(Object.assign(new Event('message'), { source: page, data: { type: 'ringleaf-port' }, ports: [port2] }));
  const said: unknown[] = [];
  port1.onmessage = ({ data }: MessageEvent<unknown>) => said.push(data);
  for (let count = 0; count < 130; count += 1) port1.postMessage({ event: { type: 'members' } });
  port1.postMessage({ id: 1, result: null });
  for (let turns = 0; said.length < 2 && turns < 200; turns += 1) await new Promise((resolve) => setTimeout(resolve, 10));
  assert.deepEqual([frames.length, states], [131, ['open']]);
  assert.deepEqual(said, [{ taken: 64 }, { taken: 128 }]);
});
