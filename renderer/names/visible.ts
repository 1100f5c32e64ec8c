/**
 * Pure: a name as it can be shown. Whoever gives a name can put characters into it that show
 * nothing or turn the order of others round, so that it looks like another name; or spaces that
 * look like no other. Each of them is shown as a mark, ⟨U+202E⟩, and the brackets of marks are
 * marked themselves: two names that differ never look the same because of what one cannot see.
 * (Letters of two scripts that look alike are not covered.)
 *
 * A name with letters that run from right to left is isolated, so that it does not carry the words
 * around it along. For show only: what is asked for and sent is the name itself.
 */

/** Whole emoji stay whole, though they are joined by characters that show nothing. */
const EMOJI = '\\p{RGI_Emoji}';
const UNSEEN = '[\\p{Cc}\\p{Cf}\\p{Cs}\\p{Co}\\p{Zl}\\p{Zp}\\p{Default_Ignorable_Code_Point}\\u2800\\u27E8\\u27E9]';
/** Any space but a single one between two words. */
const STRAY_SPACE = '(?! )\\p{Zs}|^ | $| (?= )';
const MARKED = new RegExp(`${EMOJI}|${UNSEEN}|${STRAY_SPACE}`, 'gv');
const HIDDEN = new RegExp(`${EMOJI}|[${UNSEEN}--[\\n\\r\\t\\u2800\\u27E8\\u27E9]]`, 'gv');
const WHOLE_EMOJI = new RegExp(`^${EMOJI}$`, 'v');
const PLAIN = /^[!-~]+(?: [!-~]+)*$/;
const RIGHT_TO_LEFT = /[\u0590-\u08ff\ufb1d-\ufdff\ufe70-\ufefe\u{10800}-\u{10fff}\u{1e800}-\u{1efff}]/u;
const FIRST_STRONG_ISOLATE = '\u2068';
const POP_ISOLATE = '\u2069';

export function visible(name: string): string {
  if (PLAIN.test(name)) return name;
  const shown = name.replace(MARKED, (found) => (WHOLE_EMOJI.test(found) ? found : markOf(found)));
  return RIGHT_TO_LEFT.test(shown) ? FIRST_STRONG_ISOLATE + shown + POP_ISOLATE : shown;
}

/** Text of a value, that is no name: its lines and spaces stay as they are, what hides or turns in it is marked. */
export function visibleText(text: string): string {
  return text.replace(HIDDEN, (found) => (WHOLE_EMOJI.test(found) ? found : markOf(found)));
}

/** `bucket/key`, as keys are spoken of; each part apart, so that neither reaches into the other. */
export function visibleKey(bucket: string, key: string): string {
  return `${visible(bucket)}/${visible(key)}`;
}

function markOf(character: string): string {
  const code = character.codePointAt(0) ?? 0;
  return `⟨U+${code.toString(16).toUpperCase().padStart(4, '0')}⟩`;
}
