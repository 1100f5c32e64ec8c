import type { ErrorCode } from '../api/error-code.ts';

/**
 * 0 done, 1 bad use, 2 not found, 3 siblings, 4 quorum not met or not to be done now (the same may
 * succeed later), 5 no member to reach or open, or this device is in no team.
 */
export type ExitCode = 0 | 1 | 2 | 3 | 4 | 5;

/** The compiler demands a row for each code: none ends as bad use because it was forgotten. */
const BY_ERROR: Readonly<Record<ErrorCode, ExitCode>> = {
  BAD_REQUEST: 1,
  CONTEXT_MISMATCH: 1,
  UNAUTHORIZED: 1,
  FORBIDDEN: 1,
  NOT_FOUND: 2,
  METHOD_NOT_ALLOWED: 1,
  VALUE_TOO_LARGE: 1,
  CONTEXT_REQUIRED: 1,
  OVERLOADED: 4,
  QUORUM_UNREACHABLE: 4,
  NO_TEAM: 5,
  STORE_READ_ONLY: 4,
  QUARANTINED: 4,
  ALREADY_IN_TEAM: 1,
  FOREIGN_RECORDS: 1,
  INVITE_INVALID: 1,
  INVITE_REFUSED: 1,
  INVITE_USED: 1,
  INVITER_UNREACHABLE: 5,
  KEYCHAIN_UNAVAILABLE: 4,
  NOT_YET: 4,
  INTERNAL: 5,
};
const BY_CODE = new Map<string, ExitCode>(Object.entries(BY_ERROR));

/** Of an error code of the API; one that a later version knows is bad use. */
export function exitCodeOf(code: string): ExitCode {
  return BY_CODE.get(code) ?? 1;
}

/** Ends a command with a sentence on stderr. `body` is the API's own answer, for `--json`. */
export class CliError extends Error {
  override readonly name = 'CliError';
  readonly exitCode: ExitCode;
  readonly api: { readonly code: string; readonly body: string } | undefined;

  constructor(exitCode: ExitCode, message: string, api?: { readonly code: string; readonly body: string }) {
    super(message);
    this.exitCode = exitCode;
    this.api = api;
  }
}
