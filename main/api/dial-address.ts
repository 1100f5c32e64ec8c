/** An address as a person types or pastes it: `HOST:PORT`, or a multiaddr over TCP. Hostile. */
import { isIP } from 'node:net';
import { ADDRESS_BYTES_MAX } from '../../p2p/bounds.ts';
import { ApiError } from './api-error.ts';

const MULTIADDR = /^\/(ip4|ip6|dns|dns4|dns6)\/([^/]+)\/tcp\/(\d{1,5})(?:\/p2p\/([1-9A-HJ-NP-Za-km-z]{40,64}))?\/?$/;
const HOST_PORT = /^(?:\[([0-9A-Fa-f:.]+)\]|([^\s:/[\]]+)):(\d{1,5})$/;
/** RFC 1123, with the dots of a whole name. */
const NAME = /^(?=.{1,253}$)[A-Za-z0-9](?:[A-Za-z0-9-]{0,61}[A-Za-z0-9])?(?:\.[A-Za-z0-9](?:[A-Za-z0-9-]{0,61}[A-Za-z0-9])?)*\.?$/;

/** The one way in which it is dialled and kept. @throws ApiError `BAD_REQUEST`. */
export function toDialAddress(typed: string): string {
  const text = typed.trim();
  const address = text.length > ADDRESS_BYTES_MAX ? undefined : (fromMultiaddr(text) ?? fromHostPort(text));
  if (address !== undefined) return address;
  throw new ApiError('BAD_REQUEST', 'This is no address of a device. It looks like 192.168.1.20:4001 or /ip4/192.168.1.20/tcp/4001.');
}

function fromMultiaddr(text: string): string | undefined {
  const [, kind = '', place = '', port = '', peer] = MULTIADDR.exec(text) ?? [];
  const isPlace = kind.startsWith('dns') ? isHostName(place) : isSomewhere(place, kind === 'ip4' ? 4 : 6);
  if (!isPlace || !isPort(port)) return undefined;
  return `/${kind}/${place.toLowerCase()}/tcp/${Number(port)}${peer === undefined ? '' : `/p2p/${peer}`}`;
}

function fromHostPort(text: string): string | undefined {
  const [, bracketed, host = '', port = ''] = HOST_PORT.exec(text) ?? [];
  if (!isPort(port)) return undefined;
  if (bracketed !== undefined) return isSomewhere(bracketed, 6) ? `/ip6/${bracketed.toLowerCase()}/tcp/${Number(port)}` : undefined;
  if (isSomewhere(host, 4)) return `/ip4/${host}/tcp/${Number(port)}`;
  return isHostName(host) ? `/dns/${host.toLowerCase()}/tcp/${Number(port)}` : undefined;
}

function isPort(text: string): boolean {
  return Number(text) >= 1 && Number(text) <= 65_535;
}

/** A name; what looks like a number address and is none is a typing mistake. */
function isHostName(host: string): boolean {
  return NAME.test(host) && !/^[\d.]+$/.test(host);
}

/** A number address of one device: not unspecified, multicast or broadcast. */
function isSomewhere(ip: string, family: 4 | 6): boolean {
  if (isIP(ip) !== family) return false;
  const first = Number(ip.split('.', 1)[0]);
  return family === 4 ? first > 0 && first < 224 : !/^[0:]+$/.test(ip) && !/^ff/i.test(ip);
}
