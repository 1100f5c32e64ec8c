/** A team in which deletions are forgotten after days that pass by the wall clocks. */
import assert from 'node:assert/strict';
import { decodeObject } from '../../p2p/causality/object-codec.ts';
import { keyRef } from '../../p2p/ring/position.ts';
import type { KeyRef } from '../../p2p/types.ts';
import type { LabOptions } from './lab.ts';
import { Lab, PARTITIONS } from './lab.ts';

export const DAY_MS = 86_400_000;
export const CONFIG = { reapIntervalMs: 5_000, reapQuietMs: 10_000 };
export const ALL = ['ada', 'ben', 'cleo'];
export const refOf = (key: string): KeyRef => keyRef('notes', key, PARTITIONS);

export class ReapingLab extends Lab {
  constructor(options: Partial<LabOptions> = {}) {
    super({ up: ALL, config: CONFIG, ...options });
  }

  /** Everybody sleeps, but for a minute of each day. */
  days(count: number): void {
    for (let day = 0; day < count; day += 1) {
      for (const member of this.members.values()) member.jump(DAY_MS);
      this.run(60_000);
    }
  }

  delete(key: string, by = 'ada'): void {
    const read = this.ask(by, { kind: 'get', bucket: 'notes', key });
    assert.ok(read?.kind === 'read');
    const context = read.context === '' ? {} : { context: read.context };
    assert.equal(this.ask(by, { kind: 'put', bucket: 'notes', key, value: undefined, contentType: '', ...context })?.kind, 'written');
  }

  /** What each disk has of a key. */
  on(key: string): readonly string[] {
    return [...this.members.values()].map(({ name, disk }) => {
      const bytes = disk.objects.get(refOf(key).id)?.bytes;
      const values = bytes === undefined ? [] : decodeObject(bytes).siblings.map(({ value }) => (value === undefined ? '(deleted)' : new TextDecoder().decode(value)));
      return `${name} ${values.sort().join('|') || 'nothing'}`;
    });
  }

  reaping() {
    const all = [...this.members.values()].flatMap(({ node }) => node?.reaper.snapshot() ?? []);
    return { waiting: all.reduce((sum, { waiting }) => sum + waiting, 0), blockedBy: [...new Set(all.flatMap(({ blockedBy }) => blockedBy))] };
  }
}

export const everywhere = (what: string, names: readonly string[] = ALL): readonly string[] => names.map((name) => `${name} ${what}`);
