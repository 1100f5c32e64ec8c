/** `ringleaf COMMAND …`: runs one command and ends with its exit code. */
import { start } from '../member/start.ts';
import { CliError, type ExitCode } from './exit-codes.ts';
import { invocationOf, type Invocation } from './invocation.ts';
import { dial, doctor } from './doctor-commands.ts';
import { del, get, history, put, resolve, restore, where } from './key-commands.ts';
import * as team from './team-commands.ts';

const USAGE = `ringleaf start [options]                 run a member
ringleaf get|del|where BUCKET KEY        read, delete, find the copies of a key
ringleaf put BUCKET KEY VALUE|-          write (--file F, --type T, --context C, --w W)
ringleaf resolve BUCKET KEY [VALUE]      merge siblings (--take DOT, --file F)
ringleaf ls [BUCKET] [--deleted] | conflicts | watch [BUCKET]
ringleaf history BUCKET KEY              earlier versions, newest first
ringleaf restore BUCKET KEY DOT          write an earlier version over what is there now
ringleaf status | members [--words] | ring | join INVITE [--person P]
ringleaf names [--name N] [--person P]    what this device is called, and who works at it
ringleaf invite [--list | --withdraw ID] make an invite; see those of this device; take one back
ringleaf repair [BUCKET]
ringleaf doctor                          why it does not sync, and what to do
ringleaf dial HOST:PORT [--forget]       connect to a device by its address
ringleaf leave [--force] | remove MEMBER  hand over and go; take out who will not come back
ringleaf export [BUCKET] | import FILE|- [--dry-run]
Everywhere: --data-dir DIR, --json
`;

const COMMANDS: Readonly<Record<string, (call: Invocation) => Promise<ExitCode>>> = {
  get, put, del, resolve, history, restore, where,
  ls: team.ls,
  watch: team.watch,
  conflicts: team.conflicts,
  status: team.status,
  members: team.members,
  ring: team.ring,
  invite: team.invite,
  join: team.join,
  names: team.names,
  leave: team.leave,
  remove: team.remove,
  export: team.exportAll,
  import: team.importAll,
  repair: team.repair,
  doctor,
  dial,
};

process.stdout.on('error', () => process.exit(0)); // Whoever read the pipe has seen enough.
process.exitCode = await main(process.argv.slice(2));
if (process.argv[2] === 'start') process.exit();

async function main([name = '', ...rest]: readonly string[]): Promise<number> {
  if (name === 'start') return start(rest, process.env);
  if (name === '--help' || name === 'help') {
    process.stdout.write(USAGE);
    return 0;
  }
  const command = Object.hasOwn(COMMANDS, name) ? COMMANDS[name] : undefined;
  if (command === undefined) {
    process.stderr.write(name === '' ? USAGE : `ringleaf: there is no command "${name}"\n${USAGE}`);
    return 1;
  }
  try {
    return await command(invocationOf(rest, process.env));
  } catch (error) {
    return report(error, rest.includes('--json'));
  }
}

/** With `--json`, the API's own error goes to stdout as HTTP would give it. */
function report(error: unknown, json: boolean): number {
  if (json && error instanceof CliError && error.api !== undefined) process.stdout.write(`${error.api.body}\n`);
  process.stderr.write(`ringleaf: ${error instanceof Error ? error.message : String(error)}\n`);
  return error instanceof CliError ? error.exitCode : 5;
}
