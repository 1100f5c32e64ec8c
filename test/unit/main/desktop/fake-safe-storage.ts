import type { SafeStorage } from '../../../../main/desktop/keychain.ts';

/** Electron's `safeStorage` as it behaves: a secret for each account, which a reset replaces. */
export class FakeSafeStorage implements SafeStorage {
  backend = 'gnome_libsecret';
  isAvailable = true;
  /** Stands for the secret of the account's keyring. */
  keyring = 'ada-1';
  /** What Chromium writes before it. */
  mark = 'v11';
  /** How often the keychain itself was asked for anything. */
  asked = 0;

  isEncryptionAvailable(): boolean {
    this.asked += 1;
    return this.isAvailable;
  }

  getSelectedStorageBackend(): string {
    return this.backend;
  }

  encryptString(text: string): Buffer {
    this.asked += 1;
    if (!this.isAvailable) throw new Error(`cannot encrypt ${text}`);
    return Buffer.from(`${this.mark}${[...`${this.keyring}|${text}`].reverse().join('')}`);
  }

  decryptString(sealed: Buffer): string {
    this.asked += 1;
    const [keyring, text = ''] = [...sealed.toString().slice(3)].reverse().join('').split('|');
    if (!this.isAvailable || keyring !== this.keyring) throw new Error('Error while decrypting the ciphertext provided to safeStorage.decryptString.');
    return text;
  }
}
