/**
 * mDNS between two network namespaces that this test makes (veth, no other interface): members of
 * one team find each other, another team's does not. Needs root and iproute2.
 */
import assert from 'node:assert/strict';
import { execFileSync, spawn } from 'node:child_process';
import type { ChildProcess } from 'node:child_process';
import { test } from 'node:test';
import { provideNamespaces } from '../provide/index.ts';
import { setTimeout as delay } from 'node:timers/promises';

const SPACES = [`rl-mdns-a-${process.pid}`, `rl-mdns-b-${process.pid}`];
const WAIT_MAX_MS = 15_000;
const PEER_SCRIPT = new URL('transport-mdns-peer.ts', import.meta.url).pathname;

function ip(...args: string[]): void {
  execFileSync('ip', args, { stdio: 'pipe' });
}

test('mDNS connects a team over a LAN, and only that team', { timeout: 300_000 }, async () => {
  await provideNamespaces();
  for (const space of SPACES) ip('netns', 'add', space);
  const children: ChildProcess[] = [];
  try {
    const ends = [`rla${process.pid}`.slice(0, 15), `rlb${process.pid}`.slice(0, 15)];
    ip('link', 'add', ends[0] ?? '', 'netns', SPACES[0] ?? '', 'type', 'veth', 'peer', 'name', ends[1] ?? '', 'netns', SPACES[1] ?? '');
    for (const [index, space] of SPACES.entries()) {
      const end = ends[index] ?? '';
      ip('-n', space, 'addr', 'add', `10.77.0.${index + 1}/24`, 'dev', end);
      ip('-n', space, 'link', 'set', end, 'up');
      ip('-n', space, 'link', 'set', 'lo', 'up');
      ip('-n', space, 'route', 'add', '224.0.0.0/4', 'dev', end);
    }
    const outputs = [start(0, 'team-1'), start(1, 'team-1'), start(1, 'team-2')];
    for (let waitedMs = 0; waitedMs < WAIT_MAX_MS && !both(); waitedMs += 100) await delay(100);
    await delay(1_000);
    assert.match(outputs[0]?.() ?? '', /connected/);
    assert.match(outputs[1]?.() ?? '', /connected/);
    assert.doesNotMatch(outputs[2]?.() ?? '', /connected/);

    function both(): boolean {
      return outputs.slice(0, 2).every((output) => output().includes('connected'));
    }
  } finally {
    for (const child of children) child.kill('SIGKILL');
    for (const space of SPACES) ip('netns', 'del', space);
  }

  function start(index: number, team: string): () => string {
    const args = ['netns', 'exec', SPACES[index] ?? '', process.execPath, PEER_SCRIPT, team, `10.77.0.${index + 1}`];
    const child = spawn('ip', args, { stdio: ['ignore', 'pipe', 'inherit'] });
    children.push(child);
    let output = '';
    child.stdout.on('data', (data: Buffer) => {
      output += data.toString();
    });
    return () => output;
  }
});
