/** The command line as a process, without a member and with a pretended one. */
import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { mkdtemp, rm } from 'node:fs/promises';
import { createServer, type RequestListener } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { show, table } from '../../../../main/cli/table.ts';

const CLI = fileURLToPath(new URL('../../../../main/ringleaf.js', import.meta.url));

async function run(dir: string, ...args: string[]): Promise<{ code: number; out: string; err: string }> {
  const child = spawn(process.execPath, [CLI, ...args], { env: { ...process.env, RINGLEAF_DATA_DIR: dir }, stdio: ['ignore', 'pipe', 'pipe'] });
  const code = new Promise<number>((resolve) => child.once('close', (ended) => resolve(ended ?? -1)));
  const [out, err] = await Promise.all([text(child.stdout), text(child.stderr)]);
  return { code: await code, out, err };
}

async function withMember(answer: RequestListener, use: (dir: string) => Promise<void>): Promise<void> {
  const dir = await mkdtemp(join(tmpdir(), 'ringleaf-cli-'));
  const server = createServer(answer);
  await new Promise<void>((resolve) => server.listen(join(dir, 'ringleaf.sock'), resolve));
  try {
    await use(dir);
  } finally {
    server.close();
    await rm(dir, { recursive: true, force: true });
  }
}

test('bad use is 1, nobody there is 5', async () => {
  const dir = join(tmpdir(), 'ringleaf-nobody-here');
  assert.equal((await run(dir, 'fly')).code, 1);
  assert.equal((await run(dir)).code, 1);
  assert.equal((await run(dir, 'get', 'b')).code, 1);
  assert.equal((await run(dir, 'get', 'b', 'k', '--nope')).code, 1);
  assert.equal((await run(dir, 'start', '--weight', 'x')).code, 1);
  const nobody = await run(dir, 'status');
  assert.deepEqual([nobody.code, nobody.out], [5, '']);
  assert.doesNotMatch(nobody.err, /\n\s+at /);
});

test('not found is 2, quorum is 4, and --json prints what HTTP said', async () => {
  for (const [status, code, exit] of [[404, 'NOT_FOUND', 2], [503, 'QUORUM_UNREACHABLE', 4], [400, 'BAD_REQUEST', 1], [503, 'NO_TEAM', 5], [409, 'QUARANTINED', 4]] as const) {
    const body = JSON.stringify({ code, message: 'm' });
    await withMember((_, response) => void response.writeHead(status).end(body), async (dir) => {
      const ended = await run(dir, 'get', 'b', 'k', '--json');
      assert.deepEqual([ended.code, ended.out], [exit, `${body}\n`]);
    });
  }
});

test('history is a table; restore puts the named version with the context of the history', async () => {
  const version = { value: 'old\nlines', encoding: 'utf8', contentType: 'text/x', deleted: false, dot: 'a:1', writtenBy: 'm', writtenByName: 'Desk', writtenByPerson: 'Ada', writtenAt: 'then' };
  const body = { context: 'ctx', versions: [version], replies: [] };
  const puts: unknown[] = [];
  const answer: RequestListener = (request, response) => {
    if (request.method === 'GET') return void response.end(JSON.stringify(body));
    let sent = '';
    request.on('data', (chunk) => (sent += String(chunk)));
    request.on('end', () => {
      puts.push([request.url, request.headers['x-causal-context'], request.headers['content-type'], sent]);
      response.end(JSON.stringify({ context: 'c', acks: 1, needed: 1, copies: [], siblings: 1 }));
    });
  };
  await withMember(answer, async (dir) => {
    const shown = await run(dir, 'history', 'b', 'k');
    assert.equal(shown.code, 0);
    assert.match(shown.out, /^version .*\na:1 +then +Ada on Desk +text\/x +old… \(9 bytes\)\ncontext ctx\n$/);
    assert.deepEqual(JSON.parse((await run(dir, 'history', 'b', 'k', '--json')).out), body);
    assert.equal((await run(dir, 'restore', 'b', 'k', 'a:2')).code, 2);
    assert.equal((await run(dir, 'restore', 'b', 'k', 'a:1')).code, 0);
    assert.equal((await run(dir, 'restore', 'b', 'k', 'a:1', '--context', 'mine')).code, 0);
  });
  assert.deepEqual(puts, ['ctx', 'mine'].map((context) => ['/v1/buckets/b/keys/k', context, 'text/x', 'old\nlines']));
});

test('siblings are 3 and all printed; keys travel encoded', async () => {
  const sibling = { value: 'x', encoding: 'utf8', contentType: 't', deleted: false, writtenBy: 'm', writtenByName: 'A\u001b[31m', writtenByPerson: null, writtenAt: 'now' };
  const body = { context: 'c', siblings: [{ ...sibling, dot: 'a:1' }, { ...sibling, dot: 'b:2', value: 'y' }] };
  const paths: string[] = [];
  const answer: RequestListener = (request, response) => {
    paths.push(request.url ?? '');
    response.writeHead(300).end(JSON.stringify(body));
  };
  await withMember(answer, async (dir) => {
    const ended = await run(dir, 'get', 'b', 'a/b');
    assert.equal(ended.code, 3);
    assert.match(ended.out, /a:1[^]*x[^]*b:2[^]*y/);
    assert.equal(ended.out.includes('\u001b'), false);
    assert.equal((await run(dir, 'resolve', 'b', 'k')).code, 3);
    assert.equal((await run(dir, 'del', 'b', 'k')).code, 3);
  });
  assert.equal(paths[0], '/v1/buckets/b/keys/a%2Fb');
});

test('an import says what became of the siblings, and fails when a line did', async () => {
  const counts = { lines: 3, written: 1, present: 2, superseded: 4, settings: { written: 1, kept: 0 } };
  const line = { line: 2, error: { code: 'QUORUM_UNREACHABLE', message: 'm' } };
  for (const [failed, exit] of [[[], 0], [[line], 4], [[{ line: 2, error: { code: 'BAD_REQUEST', message: 'm' } }], 1]] as const) {
    const sent: string[] = [];
    const answer: RequestListener = (request, response) => {
      sent.push(request.url ?? '');
      request.resume().on('end', () => response.writeHead(200).end(JSON.stringify({ dryRun: true, ...counts, failures: failed.length, failed })));
    };
    await withMember(answer, async (dir) => {
      const ended = await run(dir, 'import', CLI, '--dry-run');
      assert.equal(ended.code, exit);
      assert.match(ended.out, /would be written.*replaced since[^]*3 +1 +2 +4 +1/);
      if (exit !== 0) assert.match(ended.out, /line 2: /);
    });
    assert.deepEqual(sent, ['/v1/import?dryRun=true']);
  }
});

test('an export that breaks off is no export', async () => {
  await withMember((_, response) => {
    response.writeHead(200).write('{"bucket":"b"}\n');
    setTimeout(() => response.destroy(), 50);
  }, async (dir) => {
    const ended = await run(dir, 'export');
    assert.deepEqual([ended.code, ended.out], [4, '{"bucket":"b"}\n']);
  });
});

test('tables line up and obey nobody', () => {
  assert.equal(table(['a', 'bb'], [['xxx', 1]]), 'a    bb\nxxx  1\n');
  assert.equal(show('a\u001b\u202eb'), 'a\ufffd\ufffdb');
});

test('what the doctor says of others holds nothing that a terminal obeys, not in what to do either', async () => {
  const hostile = 'Ada\u001b[2J\u202e';
  const finding = { id: 'clock-off', severity: 'warning', layer: 'clock', title: hostile, seen: [hostile], todo: [`Let ${hostile} set its time.`] };
  const report = { at: '', verdict: 'warning', summary: hostile, findings: [finding], facts: { members: [{ name: hostile, self: false, status: 'up', liveness: 'alive', roundTripMs: null, clockOffsetMs: null, release: hostile }] } };
  await withMember((_, response) => void response.end(JSON.stringify(report)), async (dir) => {
    const { code, out } = await run(dir, 'doctor');
    assert.equal(code, 4);
    assert.match(out, /→ Let Ada/);
    assert.doesNotMatch(out, /[\u001b\u202e]/);
  });
});

test('invites are listed and withdrawn; the words of members stand beside their names', async () => {
  const asked: string[] = [];
  const invites = [{ inviteId: '00ff00ff00ff00ff', madeAt: 'then', expiresAt: 'later', used: null }, { inviteId: '11', madeAt: null, expiresAt: 'later', used: { by: 'm2', byName: 'Hall', byPerson: 'Ben', at: 'now' } }];
  const members = [{ name: 'Desk', person: 'Ada', words: ['apple', 'river'], memberId: 'm1', self: true, role: 'founder' }];
  const answer: RequestListener = (request, response) => {
    asked.push(`${request.method} ${request.url}`);
    response.end(JSON.stringify(request.url === '/v1/members' ? members : invites));
  };
  await withMember(answer, async (dir) => {
    const listed = await run(dir, 'invite', '--list');
    assert.match(listed.out, /00ff00ff00ff00ff +open +then +later +-\n11 +used by Ben on Hall +- +later +now\n$/);
    assert.equal((await run(dir, 'invite', '--withdraw', '00ff00ff00ff00ff')).code, 0);
    assert.match((await run(dir, 'members', '--words')).out, /Desk \(this device\) +Ada +apple river +m1/);
    assert.match((await run(dir, 'members')).out, /founder/);
  });
  assert.deepEqual(asked, ['GET /v1/invites', 'DELETE /v1/invites/00ff00ff00ff00ff', 'GET /v1/members', 'GET /v1/members']);
});

test('MB-36 the names of this device and of who works at it are shown and set', async () => {
  const asked: unknown[] = [];
  const answer: RequestListener = (request, response) => {
    let sent = '';
    request.on('data', (chunk) => (sent += String(chunk)));
    request.on('end', () => {
      asked.push([`${request.method} ${request.url}`, JSON.parse(sent)]);
      response.end(JSON.stringify({ name: 'Desk', person: null }));
    });
  };
  await withMember(answer, async (dir) => {
    assert.match((await run(dir, 'names')).out, /device +Desk\nperson +-\n$/);
    for (const args of [['names', '--name', 'Hall', '--person', 'Anna Berg'], ['names', '--person', ''], ['join', 'abc', '--person', 'Anna Berg'], ['join', 'abc']]) {
      assert.equal((await run(dir, ...args)).code, 0);
    }
  });
  assert.deepEqual(asked, [
    ['PUT /v1/names', {}], ['PUT /v1/names', { name: 'Hall', person: 'Anna Berg' }], ['PUT /v1/names', { person: null }],
    ['POST /v1/join', { invite: 'abc', person: 'Anna Berg' }], ['POST /v1/join', { invite: 'abc' }],
  ]);
});
