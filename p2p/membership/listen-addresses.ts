/**
 * Which of its addresses a member tells. A machine with containers, tunnels and temporary IPv6
 * addresses listens on dozens; others dial the first few, so the likeliest to be reached go first.
 */
import { ADDRESS_BYTES_MAX, ADDRESSES_TOLD_MAX } from '../bounds.ts';
import { utf8Encode } from '../bytes/utf8.ts';

/** By how far they reach, in their own order otherwise; never more or longer than a record may hold. */
export function addressesToTell(listened: readonly string[]): readonly string[] {
  return [...new Set(listened)]
    .filter((address) => utf8Encode(address).length <= ADDRESS_BYTES_MAX)
    .map((address) => ({ address, reach: reachOf(address) }))
    .sort((a, b) => a.reach - b.reach)
    .slice(0, ADDRESSES_TOLD_MAX)
    .map(({ address }) => address);
}

/** Of a network, of one cable (its zone is the listener's own), of this machine alone. */
function reachOf(address: string): number {
  if (/^\/ip4\/127\.|^\/ip6\/::1\//.test(address)) return 2;
  return /^\/ip4\/169\.254\.|^\/ip6(?:zone)?\/fe[89ab]/i.test(address) ? 1 : 0;
}
