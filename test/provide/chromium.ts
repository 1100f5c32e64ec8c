import { existsSync } from 'node:fs';
import { provideProgram } from './apt.ts';

export interface Chromium {
  readonly executablePath: string;
  /** Quiet on the network, and able to run as root in a container. */
  readonly args: readonly string[];
}

const ARGS: readonly string[] = [
  '--no-sandbox',
  '--disable-gpu',
  '--disable-quic',
  '--no-first-run',
  '--disable-background-networking',
  '--disable-component-update',
  '--disable-sync',
];

/** `RINGLEAF_CHROMIUM` names another one. */
export async function provideChromium(): Promise<Chromium> {
  const asked = process.env['RINGLEAF_CHROMIUM'];
  if (asked !== undefined && !existsSync(asked)) throw new Error(`RINGLEAF_CHROMIUM names no file: ${asked}`);
  const names = ['chromium', 'chromium-browser', 'google-chrome-stable', 'google-chrome'];
  return { executablePath: asked ?? (await provideProgram(names)), args: ARGS };
}
