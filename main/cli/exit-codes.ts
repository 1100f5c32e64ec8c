/** 0 done, 1 bad use, 2 not found, 3 siblings, 4 quorum not met, 5 no member to reach or open. */
export type ExitCode = 0 | 1 | 2 | 3 | 4 | 5;

const BY_ERROR: Readonly<Record<string, ExitCode>> = {
  NOT_FOUND: 2,
  QUORUM_UNREACHABLE: 4,
  OVERLOADED: 4,
  STORE_READ_ONLY: 4,
  INVITER_UNREACHABLE: 5,
  INTERNAL: 5,
};

/** Of an error code of the API; what is not listed is bad use. */
export function exitCodeOf(code: string): ExitCode {
  return BY_ERROR[code] ?? 1;
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
