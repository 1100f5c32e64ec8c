/** A team in which deletions are forgotten after days that pass by the wall clocks. */
import assert from 'node:assert/strict';
import { clockHash, decodeObject } from '../../p2p/causality/object-codec.ts';
import { teamOf } from '../../p2p/node/reap-votes.ts';
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

  /** Ada's questions to a member about the deletion of a key, under the next epoch: the numbers of the keys agreed to. */
  proposal(to: string, key: string) {
    const node = this.member(to).node ?? assert.fail(`${to} does not run`);
    const { core, votes } = node;
    const { bytes } = this.member(to).disk.objects.get(refOf(key).id) ?? assert.fail(`${to} has no ${key}`);
    const keys = [{ bucket: 'notes', key, hash: clockHash(refOf(key), decodeObject(bytes)), stamp: 0 }];
    const epoch = core.horizon.highest + 1;
    const ask = (phase: 'hold' | 'seal'): readonly number[] | undefined => {
      let consent: readonly number[] | undefined;
      const { raised: horizon, fence } = core.horizon;
      votes.answer('ada', { phase, epoch, keys, horizon, fence, team: teamOf(core) }, (numbers) => (consent = numbers));
      this.run(1_000);
      return consent;
    };
    return { core, epoch, ask };
  }

  reaping() {
    const all = [...this.members.values()].flatMap(({ node }) => node?.reaper.snapshot() ?? []);
    return { waiting: all.reduce((sum, { waiting }) => sum + waiting, 0), blockedBy: [...new Set(all.flatMap(({ blockedBy }) => blockedBy))] };
  }
}

export const everywhere = (what: string, names: readonly string[] = ALL): readonly string[] => names.map((name) => `${name} ${what}`);
