/** The HTTP table of INTERFACE.md, against one real member. */
import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import WebSocket from 'ws';
import { ask, removeDir, startMember, temporaryDir, type RunningMember } from './member-harness.ts';
import { raw } from './raw-http.ts';

let dir: string;
let member: RunningMember;
before(async () => {
  dir = await temporaryDir();
  member = await startMember(dir, 'm1', ['--create-team', 'Test', '--partitions', '64']);
});
after(async () => {
  const code = await member?.stop();
  await removeDir(dir);
  assert.equal(code, 0);
});

const K = '/v1/buckets/b/keys';
const JSON_ACCEPT = { accept: 'application/json' };
const put = (path: string, body: string | Uint8Array, headers: Record<string, string> = {}) => member.ask('PUT', path, { body, headers });

describe('values', () => {
  test('bytes come back as they were put, with type, context, ETag and author', async () => {
    const body = Buffer.from([0, 255, 1, 254, 0xc3]);
    const written = await put(`${K}/bin`, body, { 'content-type': 'image/x-test' });
    assert.equal(written.status, 200);
    const { context, acks, needed, copies, siblings, ...rest } = written.json();
    assert.deepEqual({ acks, needed, siblings, rest }, { acks: 1, needed: 1, siblings: 1, rest: {} });
    assert.deepEqual(copies, [{ member: member.memberId, role: 'primary', durable: true }]);
    assert.match(context, /^[\w-]+$/);
    const read = await member.ask('GET', `${K}/bin`);
    assert.equal(read.status, 200);
    assert.deepEqual(read.bytes, body);
    assert.equal(read.headers['content-type'], 'image/x-test');
    assert.ok(read.headers['x-causal-context']);
    assert.equal(read.headers['x-written-by'], member.memberId);
    assert.ok(!Number.isNaN(Date.parse(String(read.headers['x-written-at']))));
    const again = await member.ask('GET', `${K}/bin`, { headers: { 'if-none-match': String(read.headers.etag) } });
    assert.equal(again.status, 304);
    const head = await member.ask('HEAD', `${K}/bin`);
    assert.deepEqual([head.status, head.bytes.length], [200, 0]);
    const json = (await member.ask('GET', `${K}/bin`, { headers: JSON_ACCEPT })).json();
    assert.equal(json.siblings[0].encoding, 'base64');
    assert.deepEqual(Buffer.from(json.siblings[0].value, 'base64'), body);
    assert.equal(json.siblings[0].writtenByName, 'm1');
  });

  test('a blind write adds a sibling: 300; a write with the context replaces exactly those', async () => {
    await put(`${K}/two`, 'one');
    await put(`${K}/two`, 'two');
    const several = await member.ask('GET', `${K}/two`);
    assert.equal(several.status, 300);
    const { siblings, context } = several.json();
    assert.deepEqual(siblings.map((s: { value: string }) => s.value).sort(), ['one', 'two']);
    const conflicts = (await member.ask('GET', '/v1/conflicts?bucket=b')).json().conflicts;
    assert.ok(conflicts.some((row: { key: string }) => row.key === 'two'));
    assert.equal((await put(`${K}/two`, 'both', { 'x-causal-context': context })).json().siblings, 1);
    assert.equal((await member.ask('GET', `${K}/two`)).text, 'both');
  });

  test('CV-11 a retry under its Idempotency-Key is the same write, also after it was replaced', async () => {
    const id = { 'idempotency-key': 'once-1' };
    const first = (await put(`${K}/retried`, 'one', id)).json();
    assert.equal((await put(`${K}/retried`, 'one', id)).json().siblings, 1);
    await put(`${K}/retried`, 'two', { 'x-causal-context': first.context });
    assert.equal((await put(`${K}/retried`, 'one', id)).json().siblings, 1);
    assert.equal((await member.ask('GET', `${K}/retried`)).text, 'two');
    assert.equal((await put(`${K}/retried`, 'one', { 'idempotency-key': 'no good' })).status, 400);
  });

  test('a delete needs a context, and leaves a 404 that carries one', async () => {
    await put(`${K}/gone`, 'x');
    const blind = await member.ask('DELETE', `${K}/gone`);
    assert.deepEqual([blind.status, blind.json().code], [428, 'CONTEXT_REQUIRED']);
    const context = String((await member.ask('GET', `${K}/gone`)).headers['x-causal-context']);
    assert.equal((await member.ask('DELETE', `${K}/gone`, { headers: { 'x-causal-context': context } })).status, 200);
    const missing = await member.ask('GET', `${K}/gone`);
    assert.deepEqual([missing.status, missing.json().code], [404, 'NOT_FOUND']);
    assert.ok(missing.json().context);
    assert.equal((await put(`${K}/gone`, 'back', { 'x-causal-context': missing.json().context })).status, 200);
    assert.equal((await member.ask('GET', `${K}/gone`)).text, 'back');
    const never = (await member.ask('GET', `${K}/never`)).json();
    assert.deepEqual([never.code, 'context' in never], ['NOT_FOUND', false]);
  });

  test('keys may hold slashes, dots and percent signs; NFC and NFD name one key', async () => {
    for (const key of ['a/b', '..', '.', '100%', 'a?b#c', '漢字', ' ']) {
      assert.equal((await put(`${K}/${encodeURIComponent(key).replaceAll('.', '%2E')}`, key)).status, 200, key);
      assert.equal((await member.ask('GET', `${K}/${encodeURIComponent(key).replaceAll('.', '%2E')}`)).text, key);
    }
    await put(`${K}/${encodeURIComponent('e\u0301')}`, 'nfd');
    assert.equal((await member.ask('GET', `${K}/${encodeURIComponent('\u00e9')}`)).text, 'nfd');
  });

  test('a value of 1 MiB is taken, one byte more is 413', async () => {
    assert.equal((await put(`${K}/large`, Buffer.alloc(1024 * 1024, 1))).status, 200);
    const refused = await put(`${K}/large`, Buffer.alloc(1024 * 1024 + 1, 1));
    assert.deepEqual([refused.status, refused.json().code], [413, 'VALUE_TOO_LARGE']);
    const chunked = await put(`${K}/large`, Buffer.alloc(1024 * 1024 + 1, 1), { 'transfer-encoding': 'chunked' });
    assert.equal(chunked.status, 413);
  });
});

describe('bad input', () => {
  const bad: [string, string, string, number, string, Record<string, string>?][] = [
    ['w=0', 'PUT', `${K}/k?w=0`, 400, 'BAD_REQUEST'],
    ['w=word', 'PUT', `${K}/k?w=most`, 400, 'BAD_REQUEST'],
    ['w=-1', 'PUT', `${K}/k?w=-1`, 400, 'BAD_REQUEST'],
    ['r=any', 'GET', `${K}/k?r=any`, 400, 'BAD_REQUEST'],
    ['r=1.5', 'GET', `${K}/k?r=1.5`, 400, 'BAD_REQUEST'],
    ['sloppy=maybe', 'GET', `${K}/k?sloppy=maybe`, 400, 'BAD_REQUEST'],
    ['timeoutMs=0', 'GET', `${K}/k?timeoutMs=0`, 400, 'BAD_REQUEST'],
    ['timeoutMs twice', 'GET', `${K}/k?timeoutMs=1&timeoutMs=2`, 400, 'BAD_REQUEST'],
    ['limit=0', 'GET', `${K}?limit=0`, 400, 'BAD_REQUEST'],
    ['empty key', 'GET', `${K}/`, 400, 'BAD_REQUEST'],
    ['key of 1,025 bytes', 'PUT', `${K}/${'k'.repeat(1025)}`, 400, 'BAD_REQUEST'],
    ['control character', 'PUT', `${K}/a%00b`, 400, 'BAD_REQUEST'],
    ['C1 control character', 'PUT', `${K}/a%C2%85b`, 400, 'BAD_REQUEST'],
    ['not UTF-8', 'PUT', `${K}/%ff`, 400, 'BAD_REQUEST'],
    ['half an escape', 'PUT', `${K}/%2`, 400, 'BAD_REQUEST'],
    ['bucket of 129 bytes', 'PUT', `/v1/buckets/${'b'.repeat(129)}/keys/k`, 400, 'BAD_REQUEST'],
    ['garbage context', 'PUT', `${K}/k`, 400, 'BAD_REQUEST', { 'x-causal-context': 'AAAA' }],
    ['no base64url', 'PUT', `${K}/k`, 400, 'BAD_REQUEST', { 'x-causal-context': '!' }],
    ['empty context', 'PUT', `${K}/k`, 400, 'BAD_REQUEST', { 'x-causal-context': '' }],
    ['unknown path', 'GET', '/v1/nothing', 404, 'NOT_FOUND'],
    ['unknown method', 'PATCH', `${K}/k`, 405, 'METHOD_NOT_ALLOWED'],
    ['OPTIONS', 'OPTIONS', `${K}/k`, 405, 'METHOD_NOT_ALLOWED'],
    ['team body', 'POST', '/v1/invites', 400, 'BAD_REQUEST', { 'x-body': '[1]' }],
    ['broken JSON', 'POST', '/v1/invites', 400, 'BAD_REQUEST', { 'x-body': '{' }],
    ['unknown field', 'POST', '/v1/invites', 400, 'BAD_REQUEST', { 'x-body': '{"__proto__x":1}' }],
    ['partitions=3', 'POST', '/v1/team', 400, 'BAD_REQUEST', { 'x-body': '{"name":"T","partitions":3}' }],
    ['a second team', 'POST', '/v1/team', 409, 'ALREADY_IN_TEAM', { 'x-body': '{"name":"T"}' }],
    ...['{"n":0}', '{"historyVersions":101}', '{"historyDays":0}'].map((body): (typeof bad)[number] => [body, 'PUT', '/v1/buckets/b', 400, 'BAD_REQUEST', { 'x-body': body }]),
    ['the last member leaving without force', 'POST', '/v1/leave', 400, 'BAD_REQUEST'],
    ['removing whom nobody knows', 'POST', '/v1/members/x/remove', 404, 'NOT_FOUND'],
    ['history of what was never written', 'GET', `${K}/never-there/history`, 404, 'NOT_FOUND'],
    ['history, timeoutMs=0', 'GET', `${K}/k/history?timeoutMs=0`, 400, 'BAD_REQUEST'],
  ];
  for (const [name, method, path, status, code, headers = {}] of bad) {
    test(`${name} → ${status} ${code}`, async () => {
      const { 'x-body': body = method === 'PUT' ? 'v' : undefined, ...sent } = headers;
      const answer = await member.ask(method, path, { headers: sent, ...(body === undefined ? {} : { body }) });
      assert.deepEqual([answer.status, answer.json().code], [status, code]);
      assert.equal(typeof answer.json().message, 'string');
      assert.doesNotMatch(answer.text, /\bat .*\.ts:|node:internal/);
    });
  }

  test('the context of another key is CONTEXT_MISMATCH', async () => {
    const { context } = (await put(`${K}/mine`, 'x')).json();
    const answer = await put(`${K}/other`, 'x', { 'x-causal-context': context });
    assert.deepEqual([answer.status, answer.json().code], [400, 'CONTEXT_MISMATCH']);
  });

  test('what is no HTTP gets a 400 and the end', async () => {
    const answer = await raw(member.port, 'GET nonsense\r\n\r\n');
    assert.match(answer, /^HTTP\/1\.1 400 /);
    assert.match(await raw(member.port, `GET / HTTP/1.1\r\nHost: x\r\nA: ${'a'.repeat(90_000)}\r\n\r\n`), /^HTTP\/1\.1 431 /);
  });
});

describe('repair', () => {
  test('a round now, over everything or one bucket; alone there is nobody to compare with', async () => {
    const { status, json } = await member.ask('POST', '/v1/repair?bucket=b');
    assert.equal(status, 200);
    assert.deepEqual(json(), { partitions: 0, exchanged: 0, differing: 0, repaired: 0 });
    assert.equal((await member.ask('POST', '/v1/repair?bucket=')).status, 400);
    assert.equal((await member.ask('GET', '/v1/repair')).status, 405);
    assert.deepEqual((await member.ask('GET', '/v1/status')).json().transfers, { owed: 0, keysMoved: 0, underWay: [] });
  });
});

describe('metrics', () => {
  test('what was called and what is kept, as Prometheus reads it', async () => {
    await put(`${K}/counted`, 'x');
    await member.ask('GET', `${K}/never`, { headers: JSON_ACCEPT });
    const { status, headers, text } = await member.ask('GET', '/metrics');
    assert.equal(status, 200);
    assert.match(String(headers['content-type']), /^text\/plain; version=0\.0\.4/);
    const value = (name: string): number => Number(text.split('\n').find((line) => line.startsWith(`${name} `))?.split(' ').at(-1));
    assert.ok(value('ringleaf_call_seconds_count{call="put",code="OK"}') >= 1);
    assert.ok(value('ringleaf_keys') >= 1);
    assert.equal(value('ringleaf_members{liveness="alive"}'), 1);
    assert.ok(value('process_cpu_seconds_total') > 0);
  });
});

describe('guard', () => {
  const status = '/v1/status';
  const good = (): Record<string, string> => ({ authorization: `Bearer ${member.token}` });
  test('401 without, with a wrong, with a longer token', async () => {
    for (const authorization of [undefined, 'Bearer 0', `Bearer ${member.token}0`, `Basic ${member.token}`]) {
      const answer = await ask(member.port, 'GET', status, { headers: { authorization } });
      assert.deepEqual([answer.status, answer.json().code], [401, 'UNAUTHORIZED']);
    }
    assert.equal((await ask(member.port, 'GET', '/metrics')).status, 401);
  });
  test('403 for a foreign Host or Origin, with the right token too', async () => {
    for (const host of ['evil.example', `evil.example:${member.port}`, '127.0.0.1', `127.0.0.1:${member.port + 1}`]) {
      assert.equal((await ask(member.port, 'GET', status, { headers: { ...good(), host } })).status, 403, host);
    }
    for (const origin of ['null', 'http://evil.example', `https://127.0.0.1:${member.port}`, `http://127.0.0.1:${member.port}.evil.example`]) {
      assert.equal((await ask(member.port, 'GET', status, { headers: { ...good(), origin } })).status, 403, origin);
    }
    for (const origin of [`http://127.0.0.1:${member.port}`, `http://localhost:${member.port}`]) {
      assert.equal((await ask(member.port, 'GET', status, { headers: { ...good(), origin } })).status, 200);
    }
  });
  test('the page and healthz need no token; no path leaves the folder', async () => {
    assert.equal((await ask(member.port, 'GET', '/healthz')).status, 200);
    const page = await ask(member.port, 'GET', '/');
    assert.ok(page.status === 200 || /npm run build/.test(page.text));
    for (const path of ['/../package.json', '/%2e%2e/package.json', '/..%2fpackage.json', '/assets/..%2f..%2f..%2fpackage.json']) {
      assert.equal((await ask(member.port, 'GET', path)).status, 404, path);
    }
    assert.equal((await ask(member.port, 'POST', '/')).status, 405);
  });
});

describe('the rest of the table', () => {
  test('status, members, ring, buckets, settings, placement', async () => {
    const status = (await member.ask('GET', '/v1/status')).json();
    assert.deepEqual([status.memberId, status.team.name, status.counts.members], [member.memberId, 'Test', 1]);
    const [self] = (await member.ask('GET', '/v1/members')).json();
    assert.deepEqual([self.memberId, self.status, self.liveness, self.machine, self.self], [member.memberId, 'up', 'alive', 'm1', true]);
    const ring = (await member.ask('GET', '/v1/ring')).json();
    assert.deepEqual([ring.partitions, ring.owners.length, ring.owners[0]], [64, 64, [member.memberId]]);
    await put('/v1/buckets/set/keys/k', 'v');
    assert.ok((await member.ask('GET', '/v1/buckets')).json().buckets.includes('set'));
    const changed = await member.ask('PUT', '/v1/buckets/set', { body: '{"resolution":"lww","r":1}' });
    assert.deepEqual([changed.status, changed.json().resolution, changed.json().r], [200, 'lww', 1]);
    assert.equal((await member.ask('GET', '/v1/buckets/set')).json().resolution, 'lww');
    const placed = (await member.ask('GET', '/v1/buckets/set/keys/k/placement')).json();
    assert.deepEqual([placed.primaries, placed.holders[0].durable], [[member.memberId], true]);
  });

  test('history: earlier versions newest first, also of a deleted key; one is put back with its context', async () => {
    const path = '/v1/buckets/old/keys/k';
    let context: string | undefined;
    for (const value of ['one', 'two', 'three']) {
      context = (await put(path, value, context === undefined ? {} : { 'x-causal-context': context })).json().context;
    }
    const values = async (): Promise<string[]> => (await member.ask('GET', `${path}/history`)).json().versions.map((version: { value: string }) => version.value);
    assert.deepEqual(await values(), ['two', 'one']);
    await member.ask('DELETE', path, { headers: { 'x-causal-context': context } });
    const kept = (await member.ask('GET', `${path}/history`)).json();
    const [latest] = kept.versions;
    assert.deepEqual([latest.value, latest.writtenBy, latest.writtenByName, latest.deleted, 'partial' in kept], ['three', member.memberId, 'm1', false, false]);
    assert.match(latest.dot, /^[\w-]{11}:\d+$/);
    assert.equal((await put(path, latest.value, { 'x-causal-context': kept.context })).json().siblings, 1);
    assert.equal((await member.ask('GET', path)).text, 'three');
    assert.deepEqual(await values(), ['three', 'two', 'one']);
  });

  test('a bucket says how many versions it keeps', async () => {
    const path = '/v1/buckets/few/keys/k';
    const set = await member.ask('PUT', '/v1/buckets/few', { body: '{"historyVersions":1,"historyDays":7}' });
    assert.deepEqual([set.json().historyVersions, set.json().historyDays], [1, 7]);
    assert.deepEqual([(await member.ask('GET', '/v1/buckets/b')).json().historyVersions, (await member.ask('GET', '/v1/buckets/b')).json().historyDays], [10, 30]);
    let context: string | undefined;
    for (const value of ['one', 'two', 'three']) {
      context = (await put(path, value, context === undefined ? {} : { 'x-causal-context': context })).json().context;
    }
    assert.deepEqual((await member.ask('GET', `${path}/history`)).json().versions.map((version: { value: string }) => version.value), ['two']);
  });

  test('keys come sorted by bytes, in pages, each once', async () => {
    const keys = ['a', 'b', 'ba', 'c', 'é', 'z', '漢'];
    for (const key of keys) await put(`/v1/buckets/pages/keys/${encodeURIComponent(key)}`, key);
    const seen: string[] = [];
    let after: string | undefined;
    do {
      const query = after === undefined ? '' : `&after=${encodeURIComponent(after)}`;
      const page = (await member.ask('GET', `/v1/buckets/pages/keys?limit=2${query}`)).json();
      seen.push(...page.keys.map((row: { key: string }) => row.key));
      after = page.next;
    } while (after !== undefined && seen.length < 50);
    assert.deepEqual(seen, [...keys].sort((a, b) => Buffer.compare(Buffer.from(a), Buffer.from(b))));
    const under = (await member.ask('GET', '/v1/buckets/pages/keys?prefix=b')).json();
    assert.deepEqual(under.keys.map((row: { key: string }) => row.key), ['b', 'ba']);
  });

  test('BK-1 an export imported again writes nothing; a line of another key fails', async () => {
    await put('/v1/buckets/out/keys/k', 'one');
    await put('/v1/buckets/out/keys/k', 'two');
    const exported = (await member.ask('GET', '/v1/export?bucket=out')).text;
    const [line = ''] = exported.split('\n');
    assert.equal(JSON.parse(line).siblings.length, 2);
    const settings = { written: 0, kept: 0 };
    const nothing = { dryRun: false, lines: 1, written: 0, present: 2, superseded: 0, failures: 0, settings, failed: [] };
    assert.deepEqual((await member.ask('POST', '/v1/import', { body: exported })).json(), nothing);
    const moved = line.replace('"key":"k"', '"key":"k2"');
    const report = (await member.ask('POST', '/v1/import', { body: `${moved}\nnot json\n${line}\n` })).json();
    assert.deepEqual([report.lines, report.failures, report.present], [3, 2, 2]);
    assert.deepEqual(report.failed.map((one: { line: number; error: { code: string } }) => [one.line, one.error.code]), [[1, 'CONTEXT_MISMATCH'], [2, 'BAD_REQUEST']]);
    assert.equal((await member.ask('GET', '/v1/buckets/out/keys/k2')).status, 404);
  });

  test('BK-3 an old export brings nothing back', async () => {
    const key = '/v1/buckets/monday/keys/k';
    const { context } = (await put(key, 'first')).json();
    const exported = (await member.ask('GET', '/v1/export?bucket=monday')).text;
    await put(key, 'second', { 'x-causal-context': context });
    const report = (await member.ask('POST', '/v1/import', { body: exported })).json();
    assert.deepEqual([report.written, report.superseded], [0, 1]);
    assert.equal((await member.ask('GET', key)).text, 'second');
  });

  test('BK-2 a backup goes into another team: siblings, deletions, settings', async (t) => {
    const folder = '/v1/buckets/whole/keys';
    await member.ask('PUT', '/v1/buckets/whole', { body: '{"w":"all"}' });
    await put(`${folder}/bytes`, Buffer.from([0, 255, 10, 13]), { 'content-type': 'image/x-test' });
    await put(`${folder}/two`, 'one\n');
    await put(`${folder}/two`, 'two');
    const { context } = (await put(`${folder}/gone`, 'x')).json();
    await member.ask('DELETE', `${folder}/gone`, { headers: { 'x-causal-context': context } });
    assert.deepEqual((await member.ask('GET', folder)).json().keys.map((row: { key: string }) => row.key), ['bytes', 'two']);
    const rows = (await member.ask('GET', `${folder}?deleted=true`)).json().keys;
    assert.deepEqual(rows.map((row: { key: string; deleted?: true }) => [row.key, row.deleted]), [['bytes', undefined], ['gone', true], ['two', undefined]]);
    const backup = (await member.ask('GET', '/v1/export?bucket=whole')).text;

    const elsewhere = await temporaryDir();
    const other = await startMember(elsewhere, 'm2', ['--create-team', 'Other', '--partitions', '64']);
    t.after(async () => {
      await other.stop();
      await removeDir(elsewhere);
    });
    const dry = (await other.ask('POST', '/v1/import?dryRun=true', { body: backup })).json();
    assert.deepEqual([dry.written, dry.failures, dry.settings.written], [4, 0, 1]);
    assert.deepEqual((await other.ask('GET', '/v1/buckets')).json().buckets, []);
    const done = (await other.ask('POST', '/v1/import', { body: backup })).json();
    assert.deepEqual(done, { ...dry, dryRun: false });
    assert.equal((await other.ask('GET', '/v1/buckets/whole')).json().w, 'all');
    const again = (await other.ask('POST', '/v1/import', { body: backup })).json();
    assert.deepEqual([again.written, again.present, again.settings.kept], [0, 4, 1]);
    assert.deepEqual(valuesOf((await other.ask('GET', '/v1/export')).text), valuesOf(backup));
    const raw = await other.ask('GET', `${folder}/bytes`);
    assert.deepEqual([[...raw.bytes], raw.headers['content-type'], raw.headers['x-written-by']], [[0, 255, 10, 13], 'image/x-test', member.memberId]);
    assert.ok((await other.ask('GET', `${folder}/gone`)).json().context, 'a deletion is known');
  });

  test('BK-11 a hostile file harms nothing', async () => {
    const nested = '['.repeat(5 * 1024 * 1024);
    const report = (await member.ask('POST', '/v1/import', { body: `${nested}\n{"__proto__":{"settings":{}}}\n{"settings":null}\n` })).json();
    assert.deepEqual([report.lines, report.failures, report.written], [3, 3, 0]);
    assert.equal((await member.ask('GET', '/healthz')).status, 200);
  });

  test('watch tells of writes under a prefix', async () => {
    const stop = new AbortController();
    const answer = await fetch(`${member.url}/v1/watch?bucket=w&prefix=in`, { headers: { authorization: `Bearer ${member.token}` }, signal: stop.signal });
    assert.match(answer.headers.get('content-type') ?? '', /^text\/event-stream/);
    await put('/v1/buckets/w/keys/out', 'x');
    await put('/v1/buckets/w/keys/in', 'x');
    let text = '';
    for await (const chunk of answer.body ?? []) {
      text += Buffer.from(chunk).toString('utf8');
      if (text.includes('event: put')) break;
    }
    stop.abort();
    assert.match(text, /event: put\ndata: \{"bucket":"w","key":"in"/);
    assert.doesNotMatch(text, /"key":"out"/);
  });

  test('the socket speaks the calls, and refuses who may not', async () => {
    const open = (query: string, headers = {}) => new WebSocket(`ws://127.0.0.1:${member.port}/v1/socket${query}`, { headers });
    for (const [socket, status] of [[open(''), 401], [open('?token=0'), 401], [open(`?token=${member.token}`, { origin: 'null' }), 403]] as const) {
      assert.equal(await new Promise((resolve) => socket.once('unexpected-response', (_, answer) => resolve(answer.statusCode))), status);
      socket.on('error', () => undefined).terminate();
    }
    const socket = open(`?token=${member.token}`);
    await new Promise((resolve) => socket.once('open', resolve));
    const answers = new Map<number, ReturnType<typeof JSON.parse>>();
    socket.on('message', (data) => {
      const frame = JSON.parse(String(data));
      if ('id' in frame) answers.set(frame.id, frame);
    });
    socket.send(JSON.stringify({ id: 1, call: 'status', params: {} }));
    socket.send(JSON.stringify({ id: 2, call: 'constructor', params: {} }));
    socket.send(JSON.stringify({ id: 3, call: 'delete', params: { bucket: 'b', key: 'k' } }));
    for (let tries = 0; answers.size < 3 && tries < 100; tries += 1) await new Promise((resolve) => setTimeout(resolve, 20));
    assert.equal(answers.get(1).result.memberId, member.memberId);
    assert.equal(answers.get(2).error.code, 'BAD_REQUEST');
    assert.equal(answers.get(3).error.code, 'CONTEXT_REQUIRED');
    socket.close();
  });
});

/** The lines of an export without what is new at each place: contexts and dots. */
function valuesOf(text: string): unknown[] {
  return text.trim().split('\n').map((line) => {
    const { context: _, siblings, ...rest } = JSON.parse(line);
    const values = siblings?.map(({ dot: __, seen: ___, ...sibling }: Record<string, string>) => JSON.stringify(sibling)).sort();
    return { ...rest, ...(values !== undefined && { values }) };
  });
}
