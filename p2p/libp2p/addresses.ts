/** Addresses out of records, invites and the command line: text that others wrote. */
import { multiaddr } from '@multiformats/multiaddr';
import type { Multiaddr } from '@multiformats/multiaddr';
import { ADDRESS_BYTES_MAX, ADDRESSES_TOLD_MAX } from '../bounds.ts';
import type { MemberId } from '../types.ts';
import { publicKeyOf } from './identity.ts';

/** Undefined for what is no multiaddr, or names no place to dial (multiaddr accepts empty text). */
export function parseAddress(text: string): Multiaddr | undefined {
  if (text.length > ADDRESS_BYTES_MAX) return undefined;
  try {
    const address = multiaddr(text);
    const first = address.getComponents()[0];
    return first === undefined || first.name === 'p2p' ? undefined : address;
  } catch {
    return undefined;
  }
}

/** The peer id that an address ends with. */
export function memberOf(address: Multiaddr): MemberId | undefined {
  return address.getComponents().findLast((part) => part.name === 'p2p')?.value;
}

/** The IP address or name that an address begins with; all of it where it has none. */
export function hostOf(address: Multiaddr): string {
  const host = address.getComponents().find(({ name }) => name === 'ip4' || name === 'ip6' || name.startsWith('dns'));
  return host?.value ?? address.toString();
}

/** What belongs to one person as a rule: an IPv6 network of 64 bits, else the host. */
export function networkOf(address: Multiaddr): string {
  const host = hostOf(address);
  // IPv4 in the guise of IPv6 has all of its own address in the second half.
  if (!host.includes(':') || host.startsWith('::ffff:')) return host;
  const [head = '', tail = ''] = host.split('::');
  const [before, after] = [head, tail].map((part) => (part === '' ? [] : part.split(':'))) as [string[], string[]];
  const zeros = Array.from({ length: 8 - before.length - after.length }, () => '0');
  return `${[...before, ...zeros, ...after].slice(0, 4).join(':')}::/64`;
}

/** The usable addresses of one member, each with its `/p2p/…`; those of somebody else are left out. */
export function memberMultiaddrs(member: MemberId, addresses: readonly string[]): Multiaddr[] {
  // multiaddr accepts any text after /p2p/; the dial would throw on it later.
  if (publicKeyOf(member) === undefined) return [];
  const usable: Multiaddr[] = [];
  for (const text of addresses.slice(0, ADDRESSES_TOLD_MAX)) {
    const address = parseAddress(text);
    if (address === undefined) continue;
    const named = memberOf(address);
    if (named === undefined) usable.push(address.encapsulate(`/p2p/${member}`));
    else if (named === member) usable.push(address);
  }
  return usable;
}
