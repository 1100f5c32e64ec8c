/** Values between bytes (core, HTTP bodies) and JSON (contract). Lossless both ways. */
import { VALUE_BYTES_MAX } from '../../p2p/bounds.ts';
import { ApiError } from './api-error.ts';
import type { Encoding } from './contract.ts';
import { isWellFormed } from './names.ts';

const decoder = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true });
const BASE64 = /^(?:[A-Za-z0-9+/]{4})*(?:[A-Za-z0-9+/]{2}==|[A-Za-z0-9+/]{3}=)?$/;
const CONTENT_TYPE = /^[\x20-\x7e]{1,255}$/;

export const DEFAULT_CONTENT_TYPE = 'application/octet-stream';

/** Text stays text when its bytes are UTF-8, everything else is base64. */
export function encodeValue(bytes: Uint8Array): { readonly value: string; readonly encoding: Encoding } {
  try {
    return { value: decoder.decode(bytes), encoding: 'utf8' };
  } catch {
    return { value: Buffer.from(bytes).toString('base64'), encoding: 'base64' };
  }
}

/** @throws ApiError `BAD_REQUEST`, `VALUE_TOO_LARGE`. */
export function decodeValue(value: string, encoding: Encoding): Uint8Array {
  const bytes = encoding === 'utf8' ? fromText(value) : fromBase64(value);
  if (bytes.length > VALUE_BYTES_MAX) throw tooLarge();
  return bytes;
}

/** @throws ApiError `BAD_REQUEST`. */
export function toContentType(text: string): string {
  if (CONTENT_TYPE.test(text)) return text;
  throw new ApiError('BAD_REQUEST', 'A content type has 1 to 255 printable ASCII characters.');
}

export function tooLarge(): ApiError {
  return new ApiError('VALUE_TOO_LARGE', `A value has at most ${VALUE_BYTES_MAX} bytes.`);
}

function fromText(value: string): Uint8Array {
  if (value.length > VALUE_BYTES_MAX) throw tooLarge();
  if (!isWellFormed(value)) throw new ApiError('BAD_REQUEST', 'The value is not well-formed Unicode.');
  return Buffer.from(value, 'utf8');
}

function fromBase64(value: string): Uint8Array {
  if (value.length > Math.ceil(VALUE_BYTES_MAX / 3) * 4) throw tooLarge();
  if (!BASE64.test(value)) throw new ApiError('BAD_REQUEST', 'The value is not base64.');
  return Buffer.from(value, 'base64');
}
