/**
 *     npm run sim -- seed 123 [--trace]          replays one run
 *     npm run sim -- sweep --first 1 --count 500 runs seeds in two processes
 *     npm run sim -- shrink 123                  cuts a failing run down to a scenario
 *     npm run sim -- mutants                     hunts each deliberate defect
 *     npm run sim:long -- --hours 8              goes on with fresh seeds
 *     npm run sim -- merkle                      what an exchange costs at 1,000 to 1,000,000 keys
 *     npm run sim -- gossip                      rounds and bytes in teams of 10 to 10,000
 *     npm run sim -- coverage                    what a page of a list costs at 1,000 to 100,000 keys
 *     npm run sim -- placement                   how evenly copies lie, and how many a join moves
 *
 * Each command is a file in `commands/` that exports `main`.
 */
interface Command {
  readonly main: (args: readonly string[]) => Promise<number> | number;
}

const COMMANDS: Readonly<Record<string, () => Promise<Command>>> = {
  seed: () => import('./commands/seed.ts'),
  sweep: () => import('./commands/sweep.ts'),
  shrink: () => import('./commands/shrink.ts'),
  mutants: () => import('./commands/mutants.ts'),
  long: () => import('./commands/long.ts'),
  merkle: () => import('./commands/merkle.ts'),
  gossip: () => import('./commands/gossip.ts'),
  coverage: () => import('./commands/coverage.ts'),
  placement: () => import('./commands/placement.ts'),
};

const [name = '', ...args] = process.argv.slice(2);
const command = COMMANDS[name];
if (command === undefined) {
  console.error(`usage: npm run sim -- ${Object.keys(COMMANDS).join(' | ')}`);
  process.exitCode = 1;
} else {
  process.exitCode = await (await command()).main(args);
}
