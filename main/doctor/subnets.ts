/** Which addresses this device can reach without a router in between. */
import { BlockList, isIP } from 'node:net';
import type { InterfaceFact } from './facts.ts';

/** Names that tunnels have on Linux, macOS and Windows. */
const TUNNEL = /^(tun|tap|wg|utun|ppp|ipsec|tailscale|zt|nordlynx|proton|gpd|cscotun|vpn)/i;

export function ipOf(multiaddr: string): string | undefined {
  const ip = /^\/ip[46]\/([^/]+)\//.exec(multiaddr)?.[1];
  return ip !== undefined && isIP(ip) !== 0 ? ip : undefined;
}

export function isLoopback(ip: string): boolean {
  return ip.startsWith('127.') || ip === '::1';
}

export function tunnels(interfaces: readonly InterfaceFact[]): readonly string[] {
  return [...new Set(interfaces.filter(({ internal, name }) => !internal && TUNNEL.test(name)).map(({ name }) => name))];
}

/** True when none of the addresses is in a subnet of this device, and there are any to go by. */
export function isElsewhere(addresses: readonly string[], interfaces: readonly InterfaceFact[]): boolean {
  const ips = addresses.map(ipOf).filter((ip) => ip !== undefined && !isLoopback(ip) && !isLinkLocal(ip)) as readonly string[];
  const here = subnetsOf(interfaces);
  return ips.length > 0 && here !== undefined && !ips.some((ip) => here.check(ip, familyOf(ip)));
}

/** `undefined` without any. What is no subnet is passed over. */
function subnetsOf(interfaces: readonly InterfaceFact[]): BlockList | undefined {
  const list = new BlockList();
  let isEmpty = true;
  for (const { address, prefix, internal } of interfaces) {
    const bits = isIP(address) === 6 ? 128 : 32;
    if (internal || isIP(address) === 0 || !Number.isInteger(prefix) || prefix < 0 || prefix > bits) continue;
    list.addSubnet(address, prefix, familyOf(address));
    isEmpty = false;
  }
  return isEmpty ? undefined : list;
}

/** Each interface has one of these, whatever it is connected to. */
function isLinkLocal(ip: string): boolean {
  return ip.startsWith('169.254.') || /^fe[89ab]/i.test(ip);
}

function familyOf(ip: string): 'ipv4' | 'ipv6' {
  return isIP(ip) === 6 ? 'ipv6' : 'ipv4';
}
