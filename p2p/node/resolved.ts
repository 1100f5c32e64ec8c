/**
 * What a key shows, of what is kept of it: all siblings, or in a last-writer-wins bucket the latest. It is
 * found anew at each reading, so a bucket whose setting changed shows at once what the new one says, and
 * nothing has to be written for it.
 */
import type { KeyObject } from '../causality/key-object.ts';
import { latestOnly } from '../causality/key-object.ts';
import type { KeyRef } from '../types.ts';
import type { Core } from './core.ts';

export function resolved(core: Core, { bucket }: Pick<KeyRef, 'bucket'>, object: KeyObject): KeyObject {
  return core.isLatestOnly(bucket) ? latestOnly(object) : object;
}
