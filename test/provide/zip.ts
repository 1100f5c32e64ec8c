import { type FileHandle, mkdir, open, writeFile } from 'node:fs/promises';
import { dirname, resolve, sep } from 'node:path';
import { promisify } from 'node:util';
import { inflateRaw } from 'node:zlib';

/**
 * Reads what a ZIP's central directory lists (APPNOTE.TXT 4.3), stored or deflated, below 4 GiB.
 * Enough for one known archive whose hash was checked, so that no `unzip` has to be installed.
 */
interface Entry {
  readonly name: string;
  readonly method: number;
  readonly packedBytes: number;
  readonly offset: number;
  readonly mode: number;
}

const END_BYTES = 22;
const END_SIGNATURE = 0x06054b50;
const COMMENT_BYTES_MAX = 65_535;
const LOCAL_BYTES = 30;
const CENTRAL_BYTES = 46;
const DEFLATED = 8;
const PERMISSIONS = 0o777;

const inflate = promisify(inflateRaw);

export interface Extraction {
  readonly to: string;
  /** Where an entry goes, relative to `to`; `null` leaves it out. */
  readonly place: (name: string) => string | null;
}

export async function extractZip(file: string, { to, place }: Extraction): Promise<void> {
  const zip = await open(file);
  try {
    for (const entry of await listEntries(zip)) {
      const target = entry.name.endsWith('/') ? null : place(entry.name);
      if (target === null) continue;
      const path = resolve(to, target);
      if (!path.startsWith(resolve(to) + sep)) throw new Error(`${entry.name} leaves the folder`);
      await mkdir(dirname(path), { recursive: true });
      await writeFile(path, await contentOf(zip, entry), { mode: entry.mode });
    }
  } finally {
    await zip.close();
  }
}

async function listEntries(zip: FileHandle): Promise<readonly Entry[]> {
  const { size } = await zip.stat();
  const tailStart = Math.max(0, size - END_BYTES - COMMENT_BYTES_MAX);
  const tail = await bytesAt(zip, tailStart, size - tailStart);
  let end = tail.length - END_BYTES;
  while (end >= 0 && tail.readUInt32LE(end) !== END_SIGNATURE) end -= 1;
  if (end < 0) throw new Error('no ZIP file');
  const directory = await bytesAt(zip, tail.readUInt32LE(end + 16), tail.readUInt32LE(end + 12));
  const entries: Entry[] = [];
  for (let at = 0; at < directory.length; ) {
    const nameBytes = directory.readUInt16LE(at + 28);
    entries.push({
      name: directory.toString('utf8', at + CENTRAL_BYTES, at + CENTRAL_BYTES + nameBytes),
      method: directory.readUInt16LE(at + 10),
      packedBytes: directory.readUInt32LE(at + 20),
      offset: directory.readUInt32LE(at + 42),
      mode: (directory.readUInt32LE(at + 38) >>> 16) & PERMISSIONS,
    });
    at += CENTRAL_BYTES + nameBytes + directory.readUInt16LE(at + 30) + directory.readUInt16LE(at + 32);
  }
  return entries;
}

async function contentOf(zip: FileHandle, entry: Entry): Promise<Buffer> {
  const local = await bytesAt(zip, entry.offset, LOCAL_BYTES);
  const start = entry.offset + LOCAL_BYTES + local.readUInt16LE(26) + local.readUInt16LE(28);
  const packed = await bytesAt(zip, start, entry.packedBytes);
  return entry.method === DEFLATED ? await inflate(packed) : packed;
}

async function bytesAt(zip: FileHandle, position: number, length: number): Promise<Buffer> {
  const buffer = Buffer.alloc(length);
  await zip.read(buffer, 0, length, position);
  return buffer;
}
