/** Who is asked when the device's key is encrypted, and what it is to be encrypted by. */
import { randomBytes } from 'node:crypto';
import { KEYCHAIN_SECRET_BYTES } from '../../p2p/bounds.ts';
import { ApiError } from '../api/api-error.ts';
import type { KeyChoice } from '../api/contract.ts';
import type { KeyOpeners, KeyProtection } from './engine.ts';
import { KEYCHAIN_FORGOT } from './keychain-messages.ts';
import { StartError } from './start-error.ts';

/** Asked as long as the device's key does not open. Rejects when there is no answer to be had. */
export type AskPassphrase = KeyOpeners['passphrase'];

/** The keychain of this computer: what it has sealed opens for the account that it belongs to. */
export interface Keychain {
  /** @throws KeychainError when it cannot. */
  seal(secret: Uint8Array): Promise<Uint8Array>;
  /** @throws KeychainError when it cannot. */
  open(sealed: Uint8Array): Promise<Uint8Array>;
}

/** In a sentence for people. */
export class KeychainError extends Error {
  override readonly name = 'KeychainError';
}

export interface KeyAsking {
  readonly passphrase: AskPassphrase;
  /** `undefined` where nobody can ask one: without the desktop app. */
  readonly keychain: Keychain | undefined;
}

export function openersOf({ passphrase, keychain }: KeyAsking, dataDir: string): KeyOpeners {
  return {
    passphrase,
    keychain: async (sealed, wasWrong) => {
      if (keychain === undefined) throw new StartError(5, onlyTheDesktop(dataDir));
      if (wasWrong) throw new StartError(5, refused(KEYCHAIN_FORGOT, dataDir));
      try {
        return await keychain.open(sealed);
      } catch (error) {
        if (error instanceof KeychainError) throw new StartError(5, refused(error.message, dataDir));
        throw error;
      }
    },
  };
}

/** @throws ApiError `KEYCHAIN_UNAVAILABLE`. */
export async function protectionOf(choice: KeyChoice, keychain: Keychain | undefined): Promise<KeyProtection | null> {
  if ('passphrase' in choice) return choice.passphrase === null ? null : { by: 'passphrase', passphrase: choice.passphrase };
  if (keychain === undefined) throw new ApiError('KEYCHAIN_UNAVAILABLE', 'Only the desktop app can use the keychain of this computer. A passphrase works everywhere.');
  const secret = new Uint8Array(randomBytes(KEYCHAIN_SECRET_BYTES));
  try {
    return { by: 'keychain', secret, sealed: await keychain.seal(secret) };
  } catch (error) {
    if (error instanceof KeychainError) throw new ApiError('KEYCHAIN_UNAVAILABLE', error.message);
    throw error;
  }
}

function onlyTheDesktop(dataDir: string): string {
  return `This device's key is protected by this computer's keychain, which only the desktop app can ask. Start the desktop app on ${dataDir}. To go on without it, choose a passphrase or nothing there, under Settings, Key protection.`;
}

/** In paragraphs: it is shown as a page. */
function refused(why: string, dataDir: string): string {
  return [
    `This computer's keychain does not open this device's key. ${why}`,
    'Nothing was changed. Once the keychain is as it was when it was chosen, quit Ringleaf and start it again: what a keychain refused once is remembered until then.',
    'If it is lost, this device joins its team anew, and its records come along. Quit Ringleaf, and run, with an invite from another device:',
    `ringleaf start --new-identity --data-dir ${dataDir} --join INVITE`,
  ].join('\n\n');
}
