/** Imported before a program: kills it by SIGKILL at the step of a durable write that DIES_AT names. */
import { writeSync } from 'node:fs';
import fs from 'node:fs/promises';
import { syncBuiltinESMExports } from 'node:module';

const at = process.env['DIES_AT'];
const { open, rename } = fs;

function dieAt(step: string): void {
  if (step === at) process.kill(process.pid, 'SIGKILL');
}

fs.open = async (path, flags, mode) => {
  const file = await open(path, flags, mode);
  if (flags !== 'wx') return file;
  dieAt('open');
  const { writeFile, sync } = file;
  file.writeFile = async (data) => {
    const bytes = data as Uint8Array;
    if (at === 'half a write') writeSync(file.fd, bytes.subarray(0, bytes.byteLength / 2));
    dieAt('half a write');
    await writeFile.call(file, data);
    dieAt('write');
  };
  file.sync = async () => {
    await sync.call(file);
    dieAt('sync');
  };
  return file;
};
fs.rename = async (from, to) => {
  dieAt('before the rename');
  await rename(from, to);
  dieAt('rename');
};
syncBuiltinESMExports();
