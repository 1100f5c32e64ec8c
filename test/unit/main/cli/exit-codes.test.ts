import assert from 'node:assert/strict';
import { relative } from 'node:path';
import { test } from 'node:test';
import { exitCodeOf } from '../../../../main/cli/exit-codes.ts';
import { invocationOf } from '../../../../main/cli/invocation.ts';
import { pipePath } from '../../../../main/member/data-dir.ts';
import { parseStartOptions } from '../../../../main/member/options.ts';

test('CL-1 what the member cannot do now is 4, a device that is no member 5, bad use 1', () => {
  const codes = ['QUARANTINED', 'STORE_READ_ONLY', 'OVERLOADED', 'QUORUM_UNREACHABLE', 'NOT_YET', 'NO_TEAM', 'INVITER_UNREACHABLE', 'INTERNAL', 'NOT_FOUND', 'BAD_REQUEST', 'a code of later', 'constructor'];
  assert.deepEqual(codes.map(exitCodeOf), [4, 4, 4, 4, 4, 5, 5, 5, 2, 1, 1, 1]);
});

test('CL-2 the command line and the member take one data folder for the same, however it is written', () => {
  const given = '/tmp/ringleaf here/data';
  const { dataDir } = parseStartOptions(['--data-dir', given], {});
  for (const one of [given, `${given}/`, relative('.', given), '/tmp/x/../ringleaf here//data']) {
    assert.equal(invocationOf(['status', '--data-dir', one], {}).dataDir, dataDir, one);
    assert.equal(invocationOf(['status'], { RINGLEAF_DATA_DIR: one }).dataDir, dataDir, one);
  }
});

test('CL-2 a folder has one pipe on Windows, whatever its case and slashes', () => {
  const pipe = pipePath('C:\\Users\\Ada\\Ringleaf');
  assert.match(pipe, /^\\\\\.\\pipe\\ringleaf-[0-9a-f]{32}$/);
  for (const same of ['c:\\users\\ada\\ringleaf', 'C:/Users/Ada/Ringleaf', 'C:\\Users\\Ada\\Ringleaf\\', 'C:\\Users\\Ada\\x\\..\\Ringleaf', 'C:\\Users\\ÅDA\\..\\Ada\\Ringleaf']) assert.equal(pipePath(same), pipe, same);
  assert.notEqual(pipePath('D:\\Users\\Ada\\Ringleaf'), pipe);
});
