/** MB-35: what a device and who works at it are called, over starts and changes. */
import assert from 'node:assert/strict';
import { mkdir, readFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { test } from 'node:test';
import { parseStartOptions } from '../../../../main/member/options.ts';
import { OwnNames } from '../../../../main/member/own-names.ts';
import { removeDir, temporaryDir } from '../../../cluster/member-harness.ts';

const HOST = parseStartOptions([], {}).name;

async function inDir(run: (dir: string, open: (argv?: readonly string[], env?: Record<string, string>) => Promise<OwnNames>) => Promise<void>): Promise<void> {
  const dir = await temporaryDir();
  try {
    await run(dir, (argv = [], env = {}) => OwnNames.open(dir, parseStartOptions(argv, env)));
  } finally {
    await removeDir(dir);
  }
}

test('MB-35 a device that nobody named has its host’s name and nobody at it, and keeps no file of it', async () => {
  await inDir(async (dir, open) => {
    assert.deepEqual((await open()).now, { name: HOST, person: undefined });
    assert.deepEqual((await open(['--name', 'Desk'])).now, { name: 'Desk', person: undefined });
    await assert.rejects(readFile(join(dir, 'names.json')), { code: 'ENOENT' });
    assert.equal((await open()).now.name, HOST, 'a name of the command line is of that start');
  });
});

test('MB-35 what was set while it ran stays; the command line wins at its start; a person that it says is kept', async () => {
  await inDir(async (_, open) => {
    const names = await open();
    await names.keep({ person: 'Anna Berg' });
    await names.keep({ name: 'Front desk' });
    assert.deepEqual(names.now, { name: 'Front desk', person: 'Anna Berg' });
    assert.deepEqual((await open()).now, names.now);
    assert.deepEqual((await open(['--name', 'NAS', '--person', ' Ben '])).now, { name: 'NAS', person: 'Ben' });
    assert.deepEqual((await open()).now, { name: 'Front desk', person: 'Ben' });
    assert.deepEqual((await open([], { RINGLEAF_PERSON: 'Cleo' })).now.person, 'Cleo');
    assert.deepEqual((await open([], { RINGLEAF_PERSON: '' })).now.person, 'Cleo', 'an empty variable says nothing');
    assert.deepEqual((await open(['--person', ''])).now, { name: 'Front desk', person: undefined });
    assert.deepEqual((await open()).now, { name: 'Front desk', person: undefined });
    await (await open()).keep({ person: null });
    assert.deepEqual((await open()).now, { name: 'Front desk', person: undefined });
  });
});

test('MB-35 a file that says no names costs the names, not the start', async () => {
  await inDir(async (dir, open) => {
    for (const text of ['', 'nonsense', '[]', '{"name":7}', '{"person":"\\u202eannA"}', '{"name":""}', `{"name":"${'x'.repeat(129)}"}`, '{"__proto__":{"person":"Eve"}}']) {
      await writeFile(join(dir, 'names.json'), text);
      assert.deepEqual((await open()).now, { name: HOST, person: undefined }, text);
    }
  });
});

test('MB-35 what the disk does not keep counts all the same, and is kept once it can be', async () => {
  await inDir(async (dir, open) => {
    const names = await open();
    await mkdir(join(dir, 'names.json'));
    await assert.rejects(names.keep({ person: 'Anna' }));
    assert.equal(names.now.person, 'Anna');
    await rm(join(dir, 'names.json'), { recursive: true });
    await names.keep({ person: 'Anna' });
    assert.equal((await open()).now.person, 'Anna');
  });
});

test('MB-35 a person that is none is refused at the start, with the option named', () => {
  for (const text of ['a\u0007', '\u202eannA', 'x'.repeat(129), 'a\nb', '\u2066a']) assert.throws(() => parseStartOptions(['--person', text], {}), { exitCode: 1, message: /--person/ });
  assert.equal(parseStartOptions(['--person', ' Ju\u0301lia '], {}).person, 'J\u00falia', 'in NFC, without the blanks around it');
  assert.throws(() => parseStartOptions(['--person', 'a', '--person', 'b'], {}), { exitCode: 1, message: /--person/ });
});
