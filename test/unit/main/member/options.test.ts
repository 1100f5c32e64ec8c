import assert from 'node:assert/strict';
import { test } from 'node:test';
import { parseStartOptions } from '../../../../main/member/options.ts';

test('defaults', () => {
  const options = parseStartOptions([], {});
  assert.deepEqual(
    [options.listen, options.peers, options.mdns, options.dht, options.http, options.weight, options.partitions, options.open],
    [['/ip4/0.0.0.0/tcp/0'], [], true, true, undefined, 1, 1024, false],
  );
  assert.match(options.dataDir, /Ringleaf$/);
});

test('the command line wins over the environment, lists are split by comma', () => {
  const env = { RINGLEAF_NAME: 'env', RINGLEAF_ZONE: 'z', RINGLEAF_NO_MDNS: '1', RINGLEAF_NO_DHT: 'false', RINGLEAF_PEER: '/ip4/1.2.3.4/tcp/1, /ip4/1.2.3.4/tcp/2', RINGLEAF_DATA_DIR: '/x', RINGLEAF_HTTP: '[::1]:80' };
  const options = parseStartOptions(['--name', 'argv', '--listen', '/ip4/127.0.0.1/tcp/0', '--listen=/ip4/127.0.0.1/tcp/1'], env);
  assert.deepEqual(
    [options.name, options.zone, options.mdns, options.dht, options.peers.length, options.listen.length, options.dataDir, options.http],
    ['argv', 'z', false, true, 2, 2, '/x', { host: '::1', port: 80 }],
  );
});

test('anything else is refused with exit code 1 and the option named', () => {
  const wrong: [string[], RegExp][] = [
    [['--nope'], /nope/], [['word'], /word/], [['--partitions', '3'], /--partitions/], [['--partitions', '0'], /--partitions/],
    [['--partitions', '131072'], /--partitions/], [['--http', '127.0.0.1'], /--http/], [['--http', 'evil.example:1'], /--http/],
    [['--http', '127.0.0.1:70000'], /--http/], [['--weight', '-1'], /weight/], [['--weight', 'x'], /--weight/], [['--weight='], /--weight/],
    [['--listen', 'localhost:1'], /--listen/], [['--name', '\u0007'], /--name/], [['--name', 'a', '--name', 'b'], /--name/],
    [['--create-team', 'a', '--join', 'b'], /exclude/], [['--data-dir'], /data-dir/],
  ];
  for (const [argv, message] of wrong) assert.throws(() => parseStartOptions(argv, {}), { exitCode: 1, message }, argv.join(' '));
  assert.throws(() => parseStartOptions([], { RINGLEAF_OPEN: 'perhaps' }), { exitCode: 1 });
});
