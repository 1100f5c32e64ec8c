/** WN-40: who wrote something, in words. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { whoWrote } from '../../../../main/api/who-wrote.ts';
import { devicesWords, writerAt, writerBy, writerOf, writerShort, writersShort, writersWords, writerWords, type Writer } from '../../../../renderer/names/writer.ts';

const anna: Writer = { memberId: 'member-anna', device: 'Front desk laptop', person: 'Anna Berg' };
const annaToo: Writer = { memberId: 'member-too', device: 'Workshop', person: 'Anna Berg' };
const nas: Writer = { memberId: 'member-nas', device: 'NAS', person: null };
const gone: Writer = { memberId: 'member-12345678', device: '', person: null };

test('WN-40 a writer is the person and the device, the device alone, or said not to be known', () => {
  assert.deepEqual([anna, nas, gone].map(writerWords), ['Anna Berg on Front desk laptop', 'NAS', 'a device not known here (…12345678)']);
  assert.deepEqual([anna, nas, gone].map(writerShort), ['Anna Berg', 'NAS', '…12345678']);
  assert.deepEqual(writerOf({ writtenBy: 'm', writtenByName: 'Desk', writtenByPerson: 'Bo' }), writerAt({ memberId: 'm', name: 'Desk', person: 'Bo' }));
  assert.deepEqual(writerBy({ by: 'm', byName: '', byPerson: null }), { memberId: 'm', device: '', person: null });
});

test('WN-40 of several each is named once, and none is taken for another', () => {
  assert.equal(writersShort([anna, nas, anna]), 'Anna Berg and NAS');
  assert.equal(writersShort([anna, annaToo, nas]), 'Anna Berg on Front desk laptop, Anna Berg on Workshop and NAS');
  assert.equal(writersShort([anna, { ...anna, memberId: 'member-twin-two' }], 2), 'Anna Berg on Front desk laptop (…ber-anna) and Anna Berg on Front desk laptop (…twin-two)');
  assert.equal(writersShort([anna, { memberId: 'x', device: 'Anna Berg', person: null }]), 'Anna Berg on Front desk laptop and Anna Berg (…x)');
  assert.equal(writersWords([anna, nas, gone, annaToo], 3), 'Anna Berg on Front desk laptop, NAS and 2 more');
  assert.equal(writersShort([]), 'unknown');
});

test('WN-40 under the persons stand their devices, under a device nothing', () => {
  assert.equal(devicesWords([anna]), 'on Front desk laptop');
  assert.equal(devicesWords([anna, annaToo, anna]), 'on Front desk laptop and Workshop');
  assert.equal(devicesWords([nas, gone]), '');
});

test('WN-40 the command line says it as the window does', () => {
  for (const writer of [anna, annaToo, nas]) assert.equal(whoWrote({ id: writer.memberId, name: writer.device, person: writer.person }), writerWords(writer));
  assert.equal(whoWrote({ id: 'm', name: '', person: null }), 'm');
});

test('WN-40 whatever members call themselves, two are never said alike', () => {
  const name = fc.constantFrom('', 'Ada', 'Ada on Desk', 'Desk', 'Desk on Ada');
  const writers = fc.uniqueArray(fc.record({ memberId: fc.string({ minLength: 8, maxLength: 8 }), device: name, person: fc.option(name.filter((text) => text !== '')) }), { selector: ({ memberId }) => memberId, maxLength: 6 });
  fc.assert(
    fc.property(writers, (all) => {
      for (const words of [writersShort, writersWords]) {
        // Were two of them said alike, one would not see that they changed places.
        for (const [at] of all.entries()) {
          for (let other = at + 1; other < all.length; other += 1) {
            const swapped = all.with(at, all[other]!).with(other, all[at]!);
            assert.notEqual(words(swapped, all.length), words(all, all.length));
          }
        }
      }
    }),
    { numRuns: 500 },
  );
});
