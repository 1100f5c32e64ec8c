/** The member's log: JSON lines on stderr, so that stdout is left to the ready line. */
import pino from 'pino';
import type { Log } from './engine.ts';

const STDERR_FD = 2;

/** @param level One of pino's; anything else means `info`. */
export function openLog(level = 'info'): Log {
  const known = Object.hasOwn(pino.levels.values, level) ? level : 'info';
  const logger = pino({ name: 'ringleaf', level: known }, pino.destination({ fd: STDERR_FD, sync: true }));
  return (at, message, facts = {}) => logger[at](facts, message);
}
