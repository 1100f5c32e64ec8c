/** How this device is reached by programs and how its key is kept, in words. Nothing more is said than was found. */
import type { AccessInfo } from '../../main/api/contract.ts';
import type { KeychainStanding } from '../../main/desktop/contract.ts';

export interface AccessWords {
  readonly value: string;
  readonly hint: string;
}

/** What a device's key is encrypted by. */
export type Protection = 'nothing' | 'keychain' | 'passphrase';

export interface ProtectionChoice {
  readonly value: Protection;
  readonly words: string;
  readonly detail: string;
  readonly canChoose: boolean;
}

const PROTECTION: Readonly<Record<Protection, string>> = {
  nothing: 'It is not encrypted: whoever can read it can be this device.',
  keychain: 'It is encrypted, and this computer’s keychain opens it.',
  passphrase: 'It is encrypted by a passphrase.',
};

export function httpWords({ http }: AccessInfo): AccessWords {
  if (http === null) return { value: 'Off', hint: 'Beside this window only the command line on this computer reaches Ringleaf. To serve HTTP to programs, start it with --http 127.0.0.1:0.' };
  return { value: http.address, hint: `For programs that send the token in ${http.tokenFile}. ${reach(http.address)}` };
}

export function keyWords({ key: { file, mode, protectedBy } }: AccessInfo): AccessWords {
  const who = mode === null ? 'Who may open it is set by the permissions of its folder.' : isPrivate(mode) ? `Only your account on this computer may open it (mode 0${mode}).` : `Others on this computer may open it (mode 0${mode}): take that right away.`;
  return { value: file, hint: `This device’s key is a file. ${who} ${PROTECTION[protectedBy ?? 'nothing']}` };
}

/** @param keychain `null` in a browser, which can ask none. */
export function protectionChoices(keychain: KeychainStanding | null): readonly ProtectionChoice[] {
  return [
    { value: 'nothing', words: 'Nothing', detail: 'Whoever can read its file can be this device.', canChoose: true },
    { value: 'keychain', words: 'This computer’s keychain', detail: keychainWords(keychain), canChoose: keychain?.isUsable === true },
    { value: 'passphrase', words: 'A passphrase', detail: 'Somebody types it at each start.', canChoose: true },
  ];
}

function keychainWords(keychain: KeychainStanding | null): string {
  if (keychain === null) return 'Only the desktop app can use it.';
  return keychain.isUsable ? `Nobody types anything: ${keychain.words} opens it.` : `${keychain.words} What could stand in for it is no protection: take a passphrase.`;
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
