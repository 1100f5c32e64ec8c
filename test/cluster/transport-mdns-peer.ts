/** One member for `transport-mdns.test.ts`: lets everybody of its team in, prints its peers. */
import { fakeGate, startPeer, teamOf } from '../unit/p2p/libp2p/harness.ts';

const [team = '', address = ''] = process.argv.slice(2);
const peer = await startPeer(new Set(), {
  team: teamOf(team),
  listen: [`/ip4/${address}/tcp/0`],
  mdns: true,
  gate: { ...fakeGate(new Set()), admit: () => true, isMember: () => true },
});
peer.host.transport.onPeer((event) => {
  console.log(event.kind, event.member);
});
// Bounded: a test that dies leaves nothing behind.
setTimeout(() => process.exit(0), 30_000);
