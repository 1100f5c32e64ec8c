/** Plans and seeds that once failed, and what they found. They are run for ever. */
import type { DrawMore } from './swarm.ts';

export interface Regression {
  readonly seed: number;
  readonly more?: DrawMore;
  readonly found: string;
}

const BEFORE_LOST_BLOCKS: DrawMore = { without: ['lost-block'] };

export const REGRESSIONS: readonly Regression[] = [
  { seed: 177, found: 'QP-12: a stand-in that did not answer was not replaced by the next one' },
  { seed: 1358, found: 'QP-8: a strict write was refused at once, as its only primary was in doubt' },
  { seed: 46, found: 'QP-11: a slow disk held a read back past its time, for the sake of the common version of its siblings' },
  { seed: 961, more: { faults: { backup: 4_000 } }, found: 'no fault of the engine: the simulator wrote what waited for a disk, and put an old disk in its place' },
  { seed: 99, more: { faults: { backup: 4_000 } }, found: 'no fault of the engine: the checker had forgotten what was on a disk before it was lost' },
  { seed: 4, more: { faults: { flip: 4_000 } }, found: 'AE-9: damage that nobody reads was not mended' },
  { seed: 31, more: { faults: { wipe: 4_000 } }, found: 'TR-6: two members that were both joining waited for each other' },
  { seed: 81, more: BEFORE_LOST_BLOCKS, found: 'no fault of the engine: a disk was wiped whose only other copy was on an old one, that a reaping under way put out of the way' },
  { seed: 700, found: 'CQ-1: a list showed a key again that a late member told of once it was settled' },
  { seed: 147, found: 'a write was asked for that nobody was told of, and that only a store to be set aside had' },
  { seed: 12, more: { faults: { clone: 4_000 } }, found: 'a write that only a copied folder had was asked for after that folder was gone' },
  { seed: 328, found: 'no fault of the engine: of two folders of one member the one that the team had gone on with was taken away' },
  { seed: 81, more: { ...BEFORE_LOST_BLOCKS, faults: { 'read-errors': 2_000 } }, found: 'no fault of the engine: the simulator wiped a disk whose only copy besides was on a backup that a reaping set aside a moment later' },
  { seed: 259, found: 'TR-12: who became an owner between the beginning of a write and its turn was waited for, and never sent it' },
  { seed: 1191, more: BEFORE_LOST_BLOCKS, found: 'TR-12: the same, and the write was done with before it was answered' },
  { seed: 710777, more: BEFORE_LOST_BLOCKS, found: 'no fault of the engine: a deletion was tried again after a copied folder had taken it, forgotten by all, and missed because that folder never had; cut down, it showed one (TR-8, its scenario)' },
  { seed: 714459, found: 'CQ-1: a member whose page came late, and ended before what was shown by then, led the list back' },
  { seed: 725866, found: 'no fault of the engine: a write was missed that only a folder had that was set aside, because its copy had agreed to a reaping in its name' },
  { seed: 347, found: 'no fault of the engine: a forgotten deletion was held to have gone away with a copied folder' },
  { seed: 722198, found: 'no fault of the engine: a role was judged by another ring than that which its write had begun with' },
  { seed: 720075, more: BEFORE_LOST_BLOCKS, found: 'no fault of the engine: of two folders of one member the one was taken away that alone had a write, and it was missed' },
  { seed: 721438, more: BEFORE_LOST_BLOCKS, found: 'no fault of the engine: a deletion that only a backup still had was damaged, and nobody could mend it' },
  { seed: 718809, found: 'CQ-5: a list took stand-ins for enough where owners were only slow, and was partial' },
  { seed: 736183, found: 'CV-3: an answer claimed what only an unseen sibling had replaced, and that sibling was lost with its disk' },
  { seed: 764610, found: 'no fault of the engine: a latest write was measured against a deletion that had been forgotten before it was made' },
  { seed: 766918, found: 'no fault of the engine: a list was asked to be whole though a frame came 2.4 s late' },
  { seed: 768078, found: 'no fault of the engine: a read brought back a deletion that was just being forgotten, and the checker did not wait until it was forgotten again' },
  { seed: 821272, found: 'no fault of the engine: a latest write was measured against a value that had been forgotten with its deletion, before it was made' },
  { seed: 165, more: { faults: { 'lost-block': 1_500 } }, found: 'AE-12: roots were compared as they had been before rows were lost' },
  { seed: 786461, found: 'AE-30: a deletion was damaged as it was to be dropped, and stayed damaged at its proposer when all others had forgotten it' },
  { seed: 818716, found: 'AE-30 RP-4: the same at a member that was asked, and the proposer forgot the last good copy' },
  { seed: 827452, found: 'AE-30: the same among five, with reads that fail for a while' },
  { seed: 812463, found: 'no fault of the engine: a record was damaged whose other copy was with an owner that gave it away when the ring had changed' },
  { seed: 798641, found: 'no fault of the engine: a copied folder answered for a member that did not run, and was gone when the list came' },
  { seed: 841862, found: 'RP-11: a founder lost the admission of the first joiner with its disk, reaped alone, and refused for ever what the joiner brought' },
];
