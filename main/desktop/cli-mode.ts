/**
 * The installed package has no Node but Electron's, whose own way to be plain Node is switched off by
 * a fuse. So `ringleaf …` starts the app as `--ringleaf-cli -- ARGS`: no window, no lock, the command
 * line. What stands after `--` is no switch to Chromium.
 */
export const CLI_SWITCH = '--ringleaf-cli';

/** The command line's arguments, or `null` when it is not asked for. A deep link can never ask for it. */
export function cliArgsOf(argv: readonly string[]): readonly string[] | null {
  const end = argv.indexOf('--');
  if (end < 2 || argv[end - 1] !== CLI_SWITCH) return null;
  return argv.slice(end + 1);
}
