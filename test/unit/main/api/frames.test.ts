/** What a client that hangs costs, over a way that tells nobody how much it holds. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { ApiEvent, ServerFrame } from '../../../../main/api/contract.ts';
import type { Dispatch } from '../../../../main/api/dispatch.ts';
import { openSession } from '../../../../main/api/frames.ts';
import { MemberLink } from '../../../../main/desktop/member-link.ts';

const UNTAKEN_MAX = 512;

function session(untakenMax?: number) {
  const handlers = new Set<(event: ApiEvent) => void>();
  const dispatch = {
    onEvent: (handler: (event: ApiEvent) => void) => {
      handlers.add(handler);
      return () => handlers.delete(handler);
    },
    call: () => Promise.resolve('answer'),
  } as unknown as Dispatch;
  const sent: ServerFrame[] = [];
  const opened = openSession(dispatch, (frame) => sent.push(frame), () => undefined, untakenMax);
  const happen = (times: number): void => {
    for (let time = 0; time < times; time += 1) for (const handler of handlers) handler({ type: 'members' });
  };
  return { ...opened, happen, sent, missed: () => sent.filter((frame) => 'event' in frame && frame.event.type === 'missed').length };
}

test('WN-18 a window that hangs is sent a bounded number of events, and told once that it missed some', async () => {
  const { receive, happen, sent, missed } = session(UNTAKEN_MAX);
  happen(10_000);
  assert.equal(sent.length, UNTAKEN_MAX);
  receive({ id: 1, call: 'status', params: {} });
  await new Promise((resolve) => setImmediate(resolve));
  assert.deepEqual(sent.at(-1), { id: 1, result: 'answer' }, 'answers come all the same: they are as many as its calls');
  receive({ taken: 64 });
  happen(10);
  assert.equal(missed(), 0, 'not before it has caught up, or it would ask while it still hangs');
  receive({ taken: 256 });
  assert.equal(missed(), 1);
  happen(10);
  assert.equal(sent.length, UNTAKEN_MAX + 1 + 1 + 10, 'and from then on it is told of everything');
});

test('WN-18 what a client says of events that it was never sent is not believed', () => {
  const { receive, happen, sent } = session(UNTAKEN_MAX);
  happen(10);
  for (const taken of [11, Number.MAX_SAFE_INTEGER, -1, 1.5, '3', null]) receive({ taken });
  happen(10_000);
  assert.equal(sent.length, UNTAKEN_MAX);
  receive({ taken: 500 });
  receive({ taken: 20 });
  happen(10_000);
  assert.equal(sent.length, 500 + UNTAKEN_MAX, 'nor that it takes one back');
});

test('WN-18 a way with a bound of its own needs no word of its client', () => {
  const { happen, sent } = session();
  happen(10_000);
  assert.equal(sent.length, 10_000);
});

test('WN-18 the shell keeps up, and says so', () => {
  const { receive, happen, sent, missed } = session(UNTAKEN_MAX);
  let handler: (data: unknown) => void = () => undefined;
  const port = { onMessage: (given: typeof handler) => void (handler = given), onClose: () => undefined, send: receive, close: () => undefined };
  const events: ApiEvent[] = [];
  const link = new MemberLink(port, (event) => events.push(event));
  for (let round = 0; round < 50; round += 1) {
    happen(100);
    for (const frame of sent.splice(0)) handler(frame);
  }
  assert.deepEqual([events.length, missed()], [5_000, 0]);
  link.close();
});
