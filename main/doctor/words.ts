/** Words that findings share. Pure. */
import type { DialOutcome } from './facts.ts';

const NAMES_MAX = 4;

/** "Ada", "Ada and Ben", "Ada, Ben, Cleo, Dan and 3 more". */
export function listed(names: readonly string[]): string {
  const shown = names.slice(0, NAMES_MAX);
  const more = names.length - shown.length;
  if (more > 0) return `${shown.join(', ')} and ${more} more`;
  return shown.length < 2 ? (shown[0] ?? '') : `${shown.slice(0, -1).join(', ')} and ${shown.at(-1) ?? ''}`;
}

/** "4 s", "3 min". */
export function span(ms: number): string {
  const seconds = Math.abs(ms) / 1_000;
  if (seconds < 60) return `${Math.round(seconds)} s`;
  if (seconds < 3_600) return `${Math.round(seconds / 60)} min`;
  if (seconds < 86_400) return `${Math.round(seconds / 3_600)} h`;
  return `${Math.round(seconds / 86_400)} days`;
}

export function count(number: number, one: string, many = `${one}s`): string {
  return `${number} ${number === 1 ? one : many}`;
}

export function megabytes(bytes: number): string {
  return `${Math.floor(bytes / 1_000_000)} MB`;
}

/** What was seen there, after "it" or a name. */
const OUTCOMES: Readonly<Record<DialOutcome, string>> = {
  reached: 'was reached',
  knocking: 'is connected and has not answered yet',
  'turned-away': 'answers, and does not let this device in',
  silent: 'is connected, and says nothing',
  'other-peer': 'is not there: another device answers at its address',
  'not-ringleaf': 'is not there: something that is not Ringleaf answers at its address',
  self: 'is this very device',
  refused: 'is not listening: the connection was refused',
  unreachable: 'cannot be reached: no way leads to its address',
  'no-such-name': 'cannot be found: its name is not known on this network',
  'timed-out': 'did not answer in time',
  'no-address': 'has no address that is known here',
  failed: 'could not be connected to',
};

export function outcomeWords(outcome: DialOutcome): string {
  return OUTCOMES[outcome];
}

/** Of a dial by a person, to that person. */
const ANSWERS: Readonly<Record<DialOutcome, string>> = {
  reached: 'Reached.',
  knocking: 'Connected; waiting to be let in.',
  'turned-away': 'A Ringleaf device answers there, but it does not let this one in: most likely it is of another team. Ask for an invitation to that team, or check the address.',
  silent: 'Connected, but nothing came back. The other device may be hanging; start Ringleaf there again.',
  'other-peer': 'Another device answers at this address than the one that it names. Leave out the part from /p2p/ on, or get the present address.',
  'not-ringleaf': 'Something answers there, but it is not Ringleaf. Check the port: the other device shows its addresses under Team.',
  self: 'That is the address of this device. Enter the one of the other.',
  refused: 'Refused: the other device is there, but nothing listens at this port. Start Ringleaf there, and check the port.',
  unreachable: 'No way leads there from this device\'s network. Are both in the same network?',
  'no-such-name': 'No device of this name is known on this network. Try its number address instead.',
  'timed-out': 'No answer. The other device is off, in another network, or a firewall keeps it apart.',
  'no-address': 'This is no address that can be dialled.',
  failed: 'It could not be reached.',
};

export function answerWords(outcome: DialOutcome): string {
  return ANSWERS[outcome];
}
