/** Where this room writes what it notices: a line and its facts. pino's loggers fit. */
import type { ComponentLogger, Logger } from '@libp2p/interface';

export interface NetLog {
  debug(facts: Readonly<Record<string, unknown>>, line: string): void;
  info(facts: Readonly<Record<string, unknown>>, line: string): void;
  warn(facts: Readonly<Record<string, unknown>>, line: string): void;
}

/** libp2p traces each muxer frame; a logger that does nothing is a measurable part of its speed. */
export function silentLogger(): ComponentLogger {
  const nothing = (): void => undefined;
  const logger: Logger = Object.assign(nothing, {
    error: nothing,
    trace: nothing,
    enabled: false,
    newScope: (): Logger => logger,
  });
  return { forComponent: () => logger };
}

/** The message of anything thrown. */
export function reasonOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
