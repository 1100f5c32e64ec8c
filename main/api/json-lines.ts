/**
 * Lines of JSON out of a file that may be anything: bounded in bytes while it is read, and in
 * structure before it is parsed, because a megabyte of brackets parses into a gigabyte of arrays.
 */
import { ApiError } from './api-error.ts';

export interface FileLine {
  /** From 1, empty lines counted. */
  readonly number: number;
  /** `undefined` = longer than the bound. */
  readonly bytes: Buffer | undefined;
}

export interface Structure {
  readonly depthMax: number;
  /** Opening brackets and commas, strings left out. */
  readonly tokensMax: number;
}

const LINE_FEED = 0x0a;
const QUOTE = 0x22;
const BACKSLASH = 0x5c;
const COMMA = 0x2c;
const OPENING: readonly number[] = [0x5b, 0x7b];
const CLOSING: readonly number[] = [0x5d, 0x7d];
const SPACE: readonly number[] = [0x20, 0x09, 0x0d];

/** Lines without their line feeds, empty ones left out. @throws ApiError when the body breaks off. */
export async function* splitLines(body: AsyncIterable<Buffer>, bytesMax: number): AsyncGenerator<FileLine, void> {
  let pieces: Buffer[] = [];
  let size = 0;
  let number = 1;
  const take = (): FileLine => {
    const line = { number, bytes: size > bytesMax ? undefined : Buffer.concat(pieces) };
    [pieces, size] = [[], 0];
    return line;
  };
  const keep = (piece: Buffer): void => {
    size += piece.length;
    if (size > bytesMax) pieces = [];
    else pieces.push(piece);
  };
  for await (const chunk of unbroken(body)) {
    let start = 0;
    for (let end = chunk.indexOf(LINE_FEED); end >= 0; end = chunk.indexOf(LINE_FEED, start)) {
      keep(chunk.subarray(start, end));
      const line = take();
      if (!isEmpty(line)) yield line;
      number += 1;
      start = end + 1;
    }
    keep(chunk.subarray(start));
  }
  const last = take();
  if (!isEmpty(last)) yield last;
}

/** @throws ApiError `BAD_REQUEST`, `VALUE_TOO_LARGE`. */
export function parseLine({ bytes }: FileLine, structure: Structure): unknown {
  if (bytes === undefined) throw new ApiError('VALUE_TOO_LARGE', 'The line is too long.');
  checkStructure(bytes, structure);
  try {
    return JSON.parse(new TextDecoder('utf-8', { fatal: true }).decode(bytes));
  } catch {
    throw new ApiError('BAD_REQUEST', 'The line is not JSON in UTF-8.');
  }
}

function checkStructure(bytes: Buffer, { depthMax, tokensMax }: Structure): void {
  let depth = 0;
  let tokens = 0;
  for (let index = 0; index < bytes.length; index += 1) {
    const byte = bytes[index] ?? 0;
    if (byte === QUOTE) index = endOfString(bytes, index);
    else if (byte === COMMA) tokens += 1;
    else if (CLOSING.includes(byte)) depth -= 1;
    else if (OPENING.includes(byte)) {
      depth += 1;
      tokens += 1;
    }
    if (depth > depthMax || tokens > tokensMax) throw new ApiError('BAD_REQUEST', 'The line is nested too deep or holds too much.');
  }
}

/** Where the string that begins at `start` ends; the end of the bytes when it does not. */
function endOfString(bytes: Buffer, start: number): number {
  for (let end = bytes.indexOf(QUOTE, start + 1); end >= 0; end = bytes.indexOf(QUOTE, end + 1)) {
    let before = end - 1;
    while (bytes[before] === BACKSLASH) before -= 1;
    if ((end - 1 - before) % 2 === 0) return end;
  }
  return bytes.length;
}

function isEmpty({ bytes }: FileLine): boolean {
  return bytes?.every((byte) => SPACE.includes(byte)) ?? false;
}

async function* unbroken(body: AsyncIterable<Buffer>): AsyncGenerator<Buffer, void> {
  try {
    yield* body;
  } catch {
    throw new ApiError('BAD_REQUEST', 'The body broke off.');
  }
}
