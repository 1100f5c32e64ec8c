import { type MessagePortMain, utilityProcess } from 'electron';
import type { LinkPort } from './desktop/member-link.ts';
import type { HostClock, MemberEvents, MemberProcess } from './member-host.ts';

export interface MemberEntry {
  /** The built `main/member/utility.ts`. */
  readonly file: string;
  readonly args: readonly string[];
  /** What it writes, its log above all. */
  readonly onOutput: (text: string) => void;
}

/** Starts the member in a process of its own, without a window's or the shell's memory. */
export function spawnMember(entry: MemberEntry, events: MemberEvents): MemberProcess<MessagePortMain> {
  const child = utilityProcess.fork(entry.file, [...entry.args], {
    serviceName: 'Ringleaf member',
    stdio: 'pipe',
  });
  for (const stream of [child.stdout, child.stderr]) stream?.on('data', (bytes: Buffer) => entry.onOutput(bytes.toString('utf8')));
  let running = true;
  child.on('message', events.onMessage);
  child.on('exit', (code) => {
    running = false;
    events.onExit(code);
  });
  return {
    askToStop: () => {
      if (running) child.postMessage({ type: 'stop' });
    },
    kill: () => {
      if (running) killForGood(child.pid);
    },
    addClient: (port) => child.postMessage({ type: 'client' }, [port]),
    unlock: (passphrase) => {
      if (running) child.postMessage({ type: 'unlock', passphrase });
    },
    answer: (answer) => {
      if (running) child.postMessage(answer);
    },
  };
}

/** `UtilityProcess.kill` asks with SIGTERM, which a hung process does not hear. */
function killForGood(pid: number | undefined): void {
  if (pid === undefined) return;
  try {
    process.kill(pid, 'SIGKILL');
  } catch {
    // It ended in this very moment: `exit` tells.
  }
}

export const systemClock: HostClock = {
  now: () => performance.now(),
  wakeAt: (at, wake) => {
    setTimeout(wake, Math.max(0, Math.ceil(at - performance.now())));
  },
};

/** A port as the shell's own link to the member takes it. */
export function linkPortOf(port: MessagePortMain): LinkPort {
  return {
    onMessage: (handler) => {
      port.on('message', ({ data }) => handler(data));
      port.start();
    },
    onClose: (handler) => void port.on('close', handler),
    send: (frame) => port.postMessage(frame),
    close: () => port.close(),
  };
}
