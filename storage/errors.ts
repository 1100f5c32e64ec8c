/** What can go wrong around a store as a whole. Refused writes are `StoreReadOnlyError` of the port. */

/** Another process has this store open. */
export class StoreLockedError extends Error {
  readonly code = 'STORE_LOCKED';
}

/** A newer version of this program wrote the store: reading it with this one could lose data. */
export class StoreSchemaError extends Error {
  readonly code = 'STORE_SCHEMA_NEWER';
}

/** The store was closed, or could not be opened again after the disk failed. Retry later. */
export class StoreUnavailableError extends Error {
  readonly code = 'STORE_UNAVAILABLE';
}

/** The code and text of whatever was thrown; a `cause` knows more than its wrapper. */
export function describeError(error: unknown): { readonly code: string; readonly message: string } {
  if (!(error instanceof Error)) return { code: '', message: String(error) };
  if (error.cause instanceof Error) return describeError(error.cause);
  const code = 'code' in error && typeof error.code === 'string' ? error.code : '';
  return { code, message: error.message };
}
