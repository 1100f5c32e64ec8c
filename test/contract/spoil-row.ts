/** Turns a bit of one row's value over, under a store that is closed. */
import { ClassicLevel } from 'classic-level';

const BUFFERS = { keyEncoding: 'buffer', valueEncoding: 'buffer' } as const;

export async function spoilRow(dir: string, key: Buffer): Promise<void> {
  const level = new ClassicLevel<Buffer, Buffer>(dir, BUFFERS);
  await level.open();
  const value = await level.get(key);
  if (value === undefined) throw new Error(`there is no row ${key.toString('hex')}`);
  value[value.length - 1] = (value.at(-1) ?? 0) ^ 0x10;
  await level.put(key, value, { ...BUFFERS, sync: true });
  await level.close();
}
