/**
 * Schemas of wire values: one declaration gives the type, the encoder and a decoder that checks
 * every length before it allocates. Both hold to the same bounds: what the encoder would write and
 * the decoder refuse is a RangeError of the encoder. Decoding gives plain objects with declared fields only.
 */
import type { ByteReader } from '../bytes/byte-reader.ts';
import { MalformedError } from '../bytes/byte-reader.ts';
import type { ByteWriter } from '../bytes/byte-writer.ts';

export interface Schema<T> {
  readonly write: (writer: ByteWriter, value: T) => void;
  /** @throws MalformedError */
  readonly read: (reader: ByteReader) => T;
}

export type Decoded<S> = S extends Schema<infer T> ? T : never;

export function uint(max = Number.MAX_SAFE_INTEGER): Schema<number> {
  return { write: (writer, value) => void writer.varint(value, max), read: (reader) => reader.varint(max) };
}

export const float: Schema<number> = {
  write: (writer, value) => {
    if (!Number.isFinite(value)) throw new RangeError(`not a finite number: ${value}`);
    writer.f64(value);
  },
  read: (reader) => {
    const value = reader.f64();
    if (!Number.isFinite(value)) throw new MalformedError('a number is not finite');
    return value;
  },
};

export const flag: Schema<boolean> = {
  write: (writer, value) => void writer.u8(value ? 1 : 0),
  read: (reader) => reader.flag(),
};

export function text(maxBytes: number): Schema<string> {
  return { write: (writer, value) => void writer.text(value, maxBytes), read: (reader) => reader.text(maxBytes) };
}

/** Read as a view of the frame: copy what outlives it in bulk. */
export function bytes(max: number): Schema<Uint8Array> {
  return { write: (writer, value) => void writer.bytes(value, max), read: (reader) => reader.bytes(max) };
}

export function optional<T>(schema: Schema<T>): Schema<T | undefined> {
  return {
    write: (writer, value) => {
      writer.u8(value === undefined ? 0 : 1);
      if (value !== undefined) schema.write(writer, value);
    },
    read: (reader) => (reader.flag() ? schema.read(reader) : undefined),
  };
}

export function list<T>(schema: Schema<T>, max: number): Schema<readonly T[]> {
  return {
    write: (writer, values) => {
      writer.varint(values.length, max);
      for (const value of values) schema.write(writer, value);
    },
    read: (reader) => {
      const values: T[] = [];
      for (let left = reader.varint(max); left > 0; left -= 1) values.push(schema.read(reader));
      return values;
    },
  };
}

/** Numbers in rising order, each once, as the gaps between them. */
export function ascending(max: number, lengthMax: number): Schema<readonly number[]> {
  return {
    write: (writer, values) => {
      writer.varint(values.length, lengthMax);
      for (const [index, value] of values.entries()) {
        if (value > max) throw new RangeError(`${value} is over ${max}`);
        writer.varint(index === 0 ? value : value - (values[index - 1] ?? 0) - 1);
      }
    },
    read: (reader) => {
      const values: number[] = [];
      let least = 0;
      for (let left = reader.varint(lengthMax); left > 0; left -= 1) {
        const value = least + reader.varint(max);
        if (value > max) throw new MalformedError('a number is too large');
        values.push(value);
        least = value + 1;
      }
      return values;
    },
  };
}

/** `count` hashes of `width` bytes in a row, most of them zero: a bit each, then those that are not. */
export function sparse(count: number, width: number): Schema<Uint8Array> {
  const isZero = (bytes: Uint8Array): boolean => bytes.every((byte) => byte === 0);
  const at = (bytes: Uint8Array, index: number): Uint8Array => bytes.subarray(index * width, (index + 1) * width);
  return {
    write: (writer, bytes) => {
      const mask = new Uint8Array(Math.ceil(count / 8));
      const kept: Uint8Array[] = [];
      for (let index = 0; index < count; index += 1) {
        if (isZero(at(bytes, index))) continue;
        mask[index >> 3] = (mask[index >> 3] ?? 0) | (1 << (index & 7));
        kept.push(at(bytes, index));
      }
      writer.raw(mask);
      for (const hash of kept) writer.raw(hash);
    },
    read: (reader) => {
      const mask = reader.raw(Math.ceil(count / 8));
      const bytes = new Uint8Array(count * width);
      for (let index = 0; index < count; index += 1) {
        if ((((mask[index >> 3] ?? 0) >> (index & 7)) & 1) === 0) continue;
        const hash = reader.raw(width);
        if (isZero(hash)) throw new MalformedError('a hash that is said not to be zero is');
        bytes.set(hash, index * width);
      }
      return bytes;
    },
  };
}

export function oneOf<const T extends string>(...words: readonly T[]): Schema<T> {
  return {
    write: (writer, value) => {
      if (!words.includes(value)) throw new RangeError(`not one of ${words.join(', ')}: ${value}`);
      writer.u8(words.indexOf(value));
    },
    read: (reader) => {
      const word = words[reader.u8()];
      if (word === undefined) throw new MalformedError('a word is unknown');
      return word;
    },
  };
}

type Fields = Readonly<Record<string, Schema<never>>>;
type Struct<F> = { readonly [K in keyof F]: F[K] extends Schema<infer T> ? T : never };

/** Fields in the order of their declaration. */
export function struct<F extends { readonly [K in keyof F]: F[K] } & object>(fields: F): Schema<Struct<F>> {
  const entries = Object.entries(fields as unknown as Fields);
  return {
    write: (writer, value) => {
      const record = value as Readonly<Record<string, never>>;
      for (const [name, schema] of entries) schema.write(writer, record[name] as never);
    },
    read: (reader) => {
      const record: Record<string, unknown> = {};
      for (const [name, schema] of entries) record[name] = schema.read(reader);
      return record as Struct<F>;
    },
  };
}
