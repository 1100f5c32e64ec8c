/** How programs on this computer reach the member, and how its key is kept. Paths, never what is in them. */
export interface AccessInfo {
  /** HTTP over TCP; `null` = not served. */
  readonly http: { readonly address: string; readonly tokenFile: string } | null;
  /**
   * `mode`: who may open the file, as three octal digits, looked at now; `null` where the system has none (Windows).
   * `isProtected`: it is encrypted by a passphrase.
   */
  readonly key: { readonly file: string; readonly mode: string | null; readonly isProtected: boolean };
}
