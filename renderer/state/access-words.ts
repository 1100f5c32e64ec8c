/** How this device is reached by programs and how its key is kept, in words. Nothing more is said than was found. */
import type { AccessInfo } from '../../main/api/contract.ts';

export interface AccessWords {
  readonly value: string;
  readonly hint: string;
}

export function httpWords({ http }: AccessInfo): AccessWords {
  if (http === null) return { value: 'Off', hint: 'Beside this window only the command line on this computer reaches Ringleaf. To serve HTTP to programs, start it with --http 127.0.0.1:0.' };
  return { value: http.address, hint: `For programs that send the token in ${http.tokenFile}. ${reach(http.address)}` };
}

export function keyWords({ key: { file, mode, isProtected } }: AccessInfo): AccessWords {
  const who = mode === null ? 'Who may open it is set by the permissions of its folder.' : isPrivate(mode) ? `Only your account on this computer may open it (mode 0${mode}).` : `Others on this computer may open it (mode 0${mode}): take that right away.`;
  const what = isProtected ? 'It is encrypted by a passphrase.' : 'It is not encrypted: whoever can read it can be this device.';
  return { value: file, hint: `This device’s key is a file. ${who} ${what}` };
}

/** Nobody but the owner. */
function isPrivate(mode: string): boolean {
  return mode.endsWith('00');
}

function reach(address: string): string {
  const { hostname } = new URL(address);
  const isLoopback = hostname === 'localhost' || hostname === '[::1]' || hostname.startsWith('127.');
  return isLoopback ? 'This computer only.' : 'Other computers reach it, too, and what is sent is not encrypted.';
}
