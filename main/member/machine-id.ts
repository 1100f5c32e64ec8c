/**
 * This computer's id, hashed: it names the machine, so that copies of a record are on as many machines
 * as is said, and gives nothing else away. It is asked of the system, which may be slow or not answer:
 *
 *     Linux    /etc/machine-id
 *     macOS    IOPlatformUUID, of ioreg
 *     Windows  MachineGuid, of the registry
 *
 * What it said last stands in the data folder; where it never said anything, a random id does.
 */
import { execFile } from 'node:child_process';
import { createHash, randomBytes } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { writeDurably } from '../../p2p/libp2p/durable-file.ts';

const ASK_TIMEOUT_MS = 3_000;
const ANSWER_BYTES_MAX = 1024 * 1024;
const UUID = /^[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}$/;
const NO_UUID = /^[0-]+$/;

/** @param ask What the system calls this computer; `undefined` when it does not say. */
export async function machineId(dataDir: string, ask = askSystem): Promise<string> {
  const path = join(dataDir, 'machine-id');
  const kept = (await readFile(path, 'utf8').catch(() => '')).trim();
  const own = await ask();
  const isKept = /^[0-9a-f]{32}$/.test(kept);
  if (own === undefined && isKept) return kept;
  const id = own === undefined ? randomBytes(16).toString('hex') : hashed(own);
  if (id !== kept) await writeDurably(path, Buffer.from(id));
  return id;
}

function hashed(own: string): string {
  return createHash('sha256').update(`ringleaf machine ${own}`).digest('hex').slice(0, 32);
}

async function askSystem(): Promise<string | undefined> {
  switch (process.platform) {
    case 'darwin':
      return platformUuidIn(await said('/usr/sbin/ioreg', ['-rd1', '-c', 'IOPlatformExpertDevice']));
    case 'win32':
      return registryGuidIn(await said(join(process.env['SystemRoot'] ?? 'C:\\Windows', 'System32', 'reg.exe'), ['query', 'HKLM\\SOFTWARE\\Microsoft\\Cryptography', '/v', 'MachineGuid']));
    default:
      return (await readFile('/etc/machine-id', 'utf8').catch(() => '')).trim() || undefined;
  }
}

/** What a program printed; nothing when it failed or took too long. */
async function said(program: string, args: readonly string[]): Promise<string> {
  try {
    const { stdout } = await promisify(execFile)(program, [...args], { timeout: ASK_TIMEOUT_MS, maxBuffer: ANSWER_BYTES_MAX, windowsHide: true });
    return stdout;
  } catch {
    return '';
  }
}

/** Out of what `ioreg -rd1 -c IOPlatformExpertDevice` prints. */
export function platformUuidIn(text: string): string | undefined {
  return toUuid(/"IOPlatformUUID"\s*=\s*"([^"]*)"/.exec(text)?.[1]);
}

/** Out of what `reg query … /v MachineGuid` prints. */
export function registryGuidIn(text: string): string | undefined {
  return toUuid(/^\s*MachineGuid\s+REG_SZ\s+(\S*)\s*$/m.exec(text)?.[1]);
}

/** Of zeros alone is what some virtual machines say: no id. */
function toUuid(text = ''): string | undefined {
  const uuid = text.toLowerCase();
  return UUID.test(uuid) && !NO_UUID.test(uuid) ? uuid : undefined;
}
