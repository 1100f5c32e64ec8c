/**
 * The name of the person who works at a device, as a member may say it in its record: text that
 * shows, in the order in which it is written. A record that says another is refused: who reads it
 * is to believe who wrote a version, and a name that turns the words around it says something else.
 *
 * Only characters whose kind can never change are refused, so that members of any two releases
 * agree on which records there are. Others that show nothing are marked where a name is shown.
 */
import { PERSON_BYTES_MAX } from '../bounds.ts';
import { utf8Encode } from '../bytes/utf8.ts';

/** Controls, halves of a character, ends of lines, and what embeds, overrides or isolates a direction. */
const REFUSED = /[\p{Cc}\p{Cs}\u2028\u2029\u202A-\u202E\u2066-\u2069]/u;

/** One line of text in one direction: no name that shows nothing but spaces either. */
export function isPersonName(text: string): boolean {
  // A character has a byte at least: what is longer is not encoded to be measured.
  if (text.length > PERSON_BYTES_MAX || text.trim() === '' || REFUSED.test(text)) return false;
  return utf8Encode(text).length <= PERSON_BYTES_MAX;
}
