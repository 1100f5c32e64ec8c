/** Why a member could not start, with the exit code that says so. */
export class StartError extends Error {
  override readonly name = 'StartError';
  /** 1 = bad use, 5 = cannot open or reach. */
  readonly exitCode: 1 | 5;

  constructor(exitCode: 1 | 5, message: string) {
    super(message);
    this.exitCode = exitCode;
  }
}
