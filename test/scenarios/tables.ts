/**
 * The commands of a scenario that need no team, only the arithmetic of the ring, of gossip and of
 * Merkle trees:
 *
 *     ring A=50,130 B=80,190              members and their tokens
 *     list 120 [n=3]                      the virtual nodes that a position's copies go to
 *     heartbeats A=42 B=39                what is known of each member
 *     hear A=43 B=38                      what somebody else knows
 *     tree left A=1 B=1 C=2               keys of one partition, each with its version
 *     compare left right                  root, leaves, keys: only what differs is looked into
 */
import { differingLeaves, LEAF_BYTES, rootOf } from '../../p2p/antientropy/merkle.ts';
import { bytesEqual } from '../../p2p/bytes/bytes.ts';
import type { KeyObject } from '../../p2p/causality/key-object.ts';
import { clockHash } from '../../p2p/causality/object-codec.ts';
import { Heartbeats } from '../../p2p/membership/heartbeats.ts';
import { LEAVES_PER_PARTITION } from '../../p2p/ports.ts';
import type { Seat, VirtualNode } from '../../p2p/ring/hash-ring.ts';
import { createRing, walk } from '../../p2p/ring/hash-ring.ts';
import { keyRef } from '../../p2p/ring/position.ts';
import type { KeyRef } from '../../p2p/types.ts';
import type { Words } from '../sim/step-text.ts';

interface TreeRow {
  readonly ref: KeyRef;
  readonly hash: Uint8Array;
}

const COPIES = 3;

export class Tables {
  #ring: readonly VirtualNode[] = [];
  readonly #heartbeats = new Heartbeats();
  readonly #trees = new Map<string, readonly TreeRow[]>();

  /** @returns `undefined` for a command that is none of these. */
  play({ plain, named }: Words): string | undefined {
    const [verb, ...rest] = plain;
    switch (verb) {
      case 'ring':
        this.#ring = createRing([...named].flatMap(([member, tokens]) => tokens.split(',').map((token) => ({ member, token: BigInt(token) }))));
        return '';
      case 'list':
        return this.#ring.length === 0 ? undefined : rest.map((position) => this.#list(position, Number(named.get('n') ?? COPIES))).join('\n');
      case 'heartbeats':
      case 'hear':
        for (const [member, count] of named) this.#heartbeats.merge(member, Number(count));
        return verb === 'hear' ? [...named.keys()].map((member) => `${member}=${this.#heartbeats.of(member)}`).join(' ') : '';
      case 'tree':
        this.#trees.set(rest[0] ?? '', [...named].map(([key, version]) => treeRow(key, Number(version))));
        return '';
      case 'compare':
        return this.#compare(this.#trees.get(rest[0] ?? '') ?? [], this.#trees.get(rest[1] ?? '') ?? []);
      default:
        return undefined;
    }
  }

  #list(position: string, n: number): string {
    const seats = new Map<string, Seat>(this.#ring.map(({ member }) => [member, { machine: member, zone: undefined }]));
    const nodes = walk(this.#ring, BigInt(position), seats, n);
    return `${position}: ${nodes.map(({ member, token }) => `${member}${token}`).join(' ')}`;
  }

  #compare(left: readonly TreeRow[], right: readonly TreeRow[]): string {
    const [a, b] = [leavesOf(left), leavesOf(right)];
    if (bytesEqual(rootOf(a), rootOf(b))) return 'the roots are equal';
    const leaves = differingLeaves(a, b);
    const looked = [...left, ...right].filter(({ ref }) => leaves.includes(ref.leaf));
    const names = [...new Set(looked.map(({ ref }) => ref.key))].sort();
    const differing = names.filter((name) => !bytesEqual(hashOf(left, name), hashOf(right, name)));
    return [
      'the roots differ',
      `${leaves.length} of ${LEAVES_PER_PARTITION} leaves differ`,
      `${names.length} keys are under them: ${names.join(' ')}`,
      `keys that differ: ${differing.join(' ')}`,
    ].join('\n');
  }
}

function treeRow(key: string, version: number): TreeRow {
  const ref = keyRef('notes', key, 1);
  const object: KeyObject = { context: { upper: new Map([['actor', version]]), except: [] }, siblings: [] };
  return { ref, hash: clockHash(ref, object) };
}

function leavesOf(rows: readonly TreeRow[]): Uint8Array {
  const leaves = new Uint8Array(LEAVES_PER_PARTITION * LEAF_BYTES);
  for (const { ref, hash } of rows) {
    for (const [index, byte] of hash.entries()) {
      const at = ref.leaf * LEAF_BYTES + index;
      leaves[at] = (leaves[at] ?? 0) ^ byte;
    }
  }
  return leaves;
}

function hashOf(rows: readonly TreeRow[], key: string): Uint8Array {
  return rows.find(({ ref }) => ref.key === key)?.hash ?? new Uint8Array();
}
