/** The example of the seed: three devices with four virtual nodes each, on a ring of 400. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { createRing, preferZones, walk } from '../../../../p2p/ring/hash-ring.ts';

const TOKENS = { A: [50, 130, 270, 340], B: [80, 190, 310, 390], C: [20, 160, 230, 360] };
const ring = createRing(
  Object.entries(TOKENS).flatMap(([member, tokens]) => tokens.map((token) => ({ member, token: BigInt(token) }))),
);
const seats = new Map(Object.keys(TOKENS).map((member) => [member, { machine: member, zone: undefined }]));

const at = (position: number, limit = 3): string =>
  walk(ring, BigInt(position), seats, limit)
    .map(({ member, token }) => `${member}${token}`)
    .join(' ');

test('RG-4 the seed example: preference lists of five keys', () => {
  assert.equal(at(120), 'A130 C160 B190');
  assert.equal(at(35), 'A50 B80 C160');
  assert.equal(at(300), 'B310 A340 C360');
  assert.equal(at(395), 'C20 A50 B80');
  assert.equal(at(345), 'C360 B390 A50');
});

test('RG-3 a key at a token belongs to that token, one past it to the next', () => {
  assert.equal(at(130, 1), 'A130');
  assert.equal(at(131, 1), 'C160');
  assert.equal(at(390, 1), 'B390');
  assert.equal(at(391, 1), 'C20');
  assert.equal(at(0, 1), 'C20');
});

test('RG-4 two members on one machine are one copy', () => {
  const shared = new Map([...seats].map(([member, { zone }]) => [member, { machine: member === 'C' ? 'A' : member, zone }]));
  assert.deepEqual(walk(ring, 120n, shared, 3).map(({ member }) => member), ['A', 'B']);
});

test('RG-5 distinct zones come first, in the order of the ring', () => {
  const zoned = new Map([
    ['A', { machine: 'A', zone: 'attic' }],
    ['C', { machine: 'C', zone: 'attic' }],
    ['B', { machine: 'B', zone: 'cellar' }],
  ]);
  const names = preferZones(walk(ring, 120n, zoned, 3), zoned, 2).map(({ member }) => member);
  assert.deepEqual(names, ['A', 'B', 'C']);
});

test('RG-4 an empty ring has nobody, a member without a seat is skipped', () => {
  assert.deepEqual(walk(createRing([]), 7n, seats, 3), []);
  const twoSeats = new Map([...seats].filter(([member]) => member !== 'A'));
  assert.deepEqual(walk(ring, 120n, twoSeats, 3).map(({ member }) => member), ['C', 'B']);
});
