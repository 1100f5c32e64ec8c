/** A store of one table, of several blocks, and ways to damage it. */
import { mkdtempSync, readFileSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { ClassicLevel } from 'classic-level';
import type { KeyRef } from '../../../../p2p/types.ts';
import { openStore } from '../../../../storage/index.ts';
import { type Footer, type Handle, blockAt, contentOf, readFooter, readIndex } from '../../../../storage/tables/table-format.ts';
import { keyRef, objectMutation } from '../../../contract/store-samples.ts';

export const KEYS = 120;
export const REFS = Array.from({ length: KEYS }, (_, index) => keyRef('tables', `key-${index}`, { partition: index % 3, leaf: index % 16 }));
export const hashOf = (index: number) => new Uint8Array(8).map((_, at) => (index * 31 + at * 17 + 1) & 0xff);
export const valueOf = (index: number) => `${index} `.repeat(60);

export const put = (ref: KeyRef, index: number, keysDelta = 1) =>
  objectMutation(ref, valueOf(index), { hash: hashOf(index) }, { leafDelta: keysDelta === 0 ? new Uint8Array(8) : hashOf(index), keysDelta });

export interface Sample {
  readonly root: string;
  readonly dir: string;
  /** The file's name, and what is in it. */
  readonly name: string;
  readonly bytes: Buffer;
}

export async function makeSample(): Promise<Sample> {
  const root = mkdtempSync(join(tmpdir(), 'ringleaf-tables-'));
  const dir = join(root, 'store');
  const store = await openStore({ dir });
  await store.commit(REFS.map((ref, index) => put(ref, index)));
  await store.close();
  const level = new ClassicLevel(dir);
  await level.compactRange('\0', '\xff');
  await level.close();
  const name = tablesOf(dir)[0] ?? '';
  rmSync(`${dir}.checked`);
  return { root, dir, name, bytes: readFileSync(join(dir, name)) };
}

/** The largest first. */
export function tablesOf(dir: string): readonly string[] {
  const sizeOf = (name: string) => readFileSync(join(dir, name)).length;
  return readdirSync(dir).filter((name) => name.endsWith('.ldb')).sort((a, b) => sizeOf(b) - sizeOf(a));
}

export interface Layout extends Footer {
  readonly data: readonly Handle[];
}

export function layoutOf(table: Buffer): Layout {
  const footer = readFooter(table.subarray(-48), table.length);
  const index = footer && contentOf(blockAt(table, footer.index));
  const data = index && readIndex(index);
  if (footer === undefined || data === undefined) throw new Error('this is no table');
  return { ...footer, data };
}

/** Bits to turn over, by place. */
export type Flips = readonly (readonly [at: number, bits: number])[];

export function flipped(bytes: Buffer, flips: Flips): Buffer {
  const wrong = Buffer.from(bytes);
  for (const [at, bits] of flips) wrong[at] = (wrong[at] ?? 0) ^ bits;
  return wrong;
}

export function spoil(dir: string, name: string, flips: Flips, length?: number): void {
  const path = join(dir, name);
  writeFileSync(path, flipped(readFileSync(path), flips).subarray(0, length));
}
