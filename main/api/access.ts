/** How programs on this computer reach the member, and how its key is kept. Paths, never what is in them. */
export interface AccessInfo {
  /** HTTP over TCP; `null` = not served. */
  readonly http: { readonly address: string; readonly tokenFile: string } | null;
  /**
   * `mode`: who may open the file, as three octal digits, looked at now; `null` where the system has none (Windows).
   * `isProtected`: it is encrypted; `protectedBy`: by what.
   */
  readonly key: { readonly file: string; readonly mode: string | null; readonly isProtected: boolean; readonly protectedBy: 'passphrase' | 'keychain' | null };
}

/** What the key's file is to be encrypted by: this passphrase, nothing (`null`), or this computer's keychain. */
export type KeyChoice = { readonly passphrase: string | null } | { readonly keychain: true };
