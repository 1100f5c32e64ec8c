/** The commit that is checked out, for a failure that somebody else has to find again. */
import { spawnSync } from 'node:child_process';

export function commitName(): string {
  const { stdout } = spawnSync('git', ['describe', '--always', '--dirty'], { encoding: 'utf8' });
  return stdout?.trim() || 'unknown';
}
