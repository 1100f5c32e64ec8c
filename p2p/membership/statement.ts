/** Admissions and removals have one form: who, when, signed. */
import { MEMBER_BYTES_MAX } from '../bounds.ts';
import type { ByteReader } from '../bytes/byte-reader.ts';
import { MalformedError } from '../bytes/byte-reader.ts';
import type { ByteWriter } from '../bytes/byte-writer.ts';
import type { Admission, Removal } from '../types.ts';

export const SIGNATURE_BYTES_MAX = 128;

export function writeStatement(writer: ByteWriter, { by, at, signature }: Admission | Removal): ByteWriter {
  if (!Number.isFinite(at)) throw new RangeError(`not a time: ${at}`);
  return writer.text(by, MEMBER_BYTES_MAX).f64(at).bytes(signature, SIGNATURE_BYTES_MAX);
}

/** @throws MalformedError */
export function readStatement(reader: ByteReader): Admission & Removal {
  const by = reader.text(MEMBER_BYTES_MAX);
  const at = reader.f64();
  if (!Number.isFinite(at)) throw new MalformedError('a time is not a number');
  return { by, at, signature: reader.bytes(SIGNATURE_BYTES_MAX).slice() };
}
