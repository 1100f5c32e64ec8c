/**
 * Names as people and programs type them: brought to NFC, then held to the rules. Two spellings of
 * one name that look alike ("é" composed or not) must not be two keys.
 */
import { BUCKET_BYTES_MAX, KEY_BYTES_MAX, PERSON_BYTES_MAX } from '../../p2p/bounds.ts';
import { ApiError } from './api-error.ts';

const CONTROL = /\p{Cc}/u;
const LONE_SURROGATE = /\p{Cs}/u;

/** @throws ApiError `BAD_REQUEST`. */
export function toBucket(text: string): string {
  return toName(text, 'bucket', 1, BUCKET_BYTES_MAX);
}

/** @throws ApiError `BAD_REQUEST`. */
export function toKey(text: string): string {
  return toName(text, 'key', 1, KEY_BYTES_MAX);
}

/** The start of a key; may be empty. @throws ApiError `BAD_REQUEST`. */
export function toPrefix(text: string): string {
  return toName(text, 'prefix', 0, KEY_BYTES_MAX);
}

/** A name that stands beside what people see: in one spelling, without the spaces around it. */
export function spelled(text: string): string {
  return text.trim().normalize('NFC');
}

/** A name of people's things (a team, a device): visible text. */
export function isTitle(text: string, bytesMax: number): boolean {
  const bytes = Buffer.byteLength(text);
  return bytes >= 1 && bytes <= bytesMax && isWellFormed(text) && !CONTROL.test(text);
}

/** What is said where `isTitle` is not. */
export function titleError(bytesMax: number): string {
  return `1 to ${bytesMax} bytes of UTF-8 without control characters`;
}

/** What is said where a person's name is none. */
export const PERSON_ERROR = `1 to ${PERSON_BYTES_MAX} bytes of UTF-8 on one line, without characters that control or turn round`;

function toName(text: string, what: string, bytesMin: number, bytesMax: number): string {
  if (text.length > bytesMax) throw lengthError(what, bytesMin, bytesMax);
  if (!isWellFormed(text)) throw new ApiError('BAD_REQUEST', `The ${what} is not well-formed Unicode.`);
  const name = text.normalize('NFC');
  const bytes = Buffer.byteLength(name);
  if (bytes < bytesMin || bytes > bytesMax) throw lengthError(what, bytesMin, bytesMax);
  if (CONTROL.test(name)) throw new ApiError('BAD_REQUEST', `The ${what} contains a control character.`);
  return name;
}

function lengthError(what: string, bytesMin: number, bytesMax: number): ApiError {
  return new ApiError('BAD_REQUEST', `A ${what} has ${bytesMin} to ${bytesMax} bytes of UTF-8.`);
}

/** No lone surrogate: the text survives UTF-8 and back. */
export function isWellFormed(text: string): boolean {
  return !LONE_SURROGATE.test(text);
}
