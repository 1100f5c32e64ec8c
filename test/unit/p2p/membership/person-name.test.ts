/** MB-32, MB-33: the person in a member record. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { PERSON_BYTES_MAX } from '../../../../p2p/bounds.ts';
import { MalformedError } from '../../../../p2p/bytes/byte-reader.ts';
import { ByteWriter } from '../../../../p2p/bytes/byte-writer.ts';
import { isAuthentic, admitMember, signRecord } from '../../../../p2p/membership/admission.ts';
import { decodeRecord, encodeRecord, recordBody } from '../../../../p2p/membership/member-record.ts';
import { isPersonName } from '../../../../p2p/membership/person-name.ts';
import { foundTeam } from '../../../../p2p/membership/team.ts';
import type { MemberRecord } from '../../../../p2p/types.ts';
import { memberRecord, person } from '../../../property/arbitraries.ts';
import { fakeSigner } from '../../../sim/fake-signer.ts';

/** No bytes of one record may ever be those of another: these were written before there were persons. */
const BEFORE = [
  '5d1172696e676c6561662d6d656d6265722d310362656ed10f010a46726f6e74206465736b026d320468616c6c3ff80000000000000701162f6970342f31302e302e302e322f7463702f34303031036164614278bcfe56800000030102030309080700',
  '591172696e676c6561662d6d656d6265722d310362656ed10f010a46726f6e74206465736b026d32003ff80000000000000701162f6970342f31302e302e302e322f7463702f34303031036164614278bcfe5680000003010203030908070104636c656f4278bcfe5680000003010203',
];

const statement = { by: 'ada', at: 1_700_000_000_000, signature: Uint8Array.of(1, 2, 3) };
const former: MemberRecord = {
  member: 'ben', incarnation: 2_001, status: 'up', said: 'up', name: 'Front desk', machine: 'm2', zone: 'hall', weight: 1.5, seed: 7,
  addresses: ['/ip4/10.0.0.2/tcp/4001'], admission: statement, signature: Uint8Array.of(9, 8, 7), removal: undefined,
};

/** A record whose signed part ends with `tail`: what a hostile member can sign. */
function withTail(tail: Uint8Array): Uint8Array {
  const body = new ByteWriter().raw(recordBody(former)).raw(tail).finish();
  return new ByteWriter().bytes(body).bytes(former.signature).u8(0).finish();
}

function saying(text: string): Uint8Array {
  return withTail(new ByteWriter().text(text).finish());
}

test('MB-32 a record that names nobody has the bytes that it had before there were persons', () => {
  const written = [former, { ...former, zone: undefined, removal: { ...statement, by: 'cleo' } }].map((record) => Buffer.from(encodeRecord(record)).toString('hex'));
  assert.deepEqual(written, BEFORE);
  const [first, second] = BEFORE.map((hex) => decodeRecord(Buffer.from(hex, 'hex')));
  assert.deepEqual(first, former);
  assert.deepEqual([second?.status, 'person' in (second ?? {})], ['removed', false]);
});

test('MB-32 a record says its person, and its signature covers it', () => {
  const team = foundTeam({ name: 'T', partitions: 8, founder: 'ada', nonce: new Uint8Array(16) });
  const ada = fakeSigner('ada');
  const known = (member: string): boolean => member === 'ada';
  fc.assert(
    fc.property(memberRecord, person, person, ({ person: _, removal: __, ...record }, name, another) => {
      const admission = admitMember(team, ada, 'ben', 1);
      const signed = signRecord({ ...record, member: 'ben', status: 'up', admission, person: name }, fakeSigner('ben'));
      const back = decodeRecord(encodeRecord(signed));
      assert.equal(back.person, name);
      assert.equal(isAuthentic(team, back, known, ada), true);
      const { person: taken, ...nobody } = back;
      assert.equal(isAuthentic(team, nobody, known, ada), false, `without ${taken ?? ''}`);
      if (another !== name) assert.equal(isAuthentic(team, { ...back, person: another }, known, ada), false);
    }),
    { numRuns: 100 },
  );
});

const HOSTILE: readonly (readonly [string, string])[] = [
  ['empty', ''],
  ['nothing but spaces', ' \u00a0\u3000'],
  ['a line break', 'Anna\nBerg'],
  ['a zero', 'Anna\u0000'],
  ['C1 control', 'Anna\u0085Berg'],
  ['a delete', 'Anna\u007f'],
  ['ends of lines', 'Anna\u2028Berg'],
  ['ends of paragraphs', 'Anna\u2029Berg'],
  ['right-to-left override', '\u202egreB annA'],
  ['left-to-right override', '\u202dAnna'],
  ['embeddings', '\u202aAnna\u202b\u202c'],
  ['isolates', '\u2066Anna\u2067\u2068\u2069'],
  ['too long', 'ä'.repeat(PERSON_BYTES_MAX / 2 + 1)],
];

test('MB-33 a record with a person that is none is refused, and none is written', () => {
  for (const [what, text] of HOSTILE) {
    assert.equal(isPersonName(text), false, what);
    assert.throws(() => decodeRecord(saying(text)), MalformedError, what);
    assert.throws(() => recordBody({ ...former, person: text }), RangeError, what);
  }
  assert.equal(isPersonName('\ud800'), false, 'half of a character');
});

test('MB-33 what stands in people’s names is taken', () => {
  const names = ['Anna Berg', 'O’Neill-Ōtani', 'José 李小龍', 'דנה כהן', 'محمد', 'म\u200dन', '👩‍🔬 Ada', 'ä'.repeat(PERSON_BYTES_MAX / 2), '<script>alert(1)</script>', '__proto__'];
  for (const name of names) {
    assert.equal(isPersonName(name), true, name);
    assert.equal(decodeRecord(saying(name)).person, name);
  }
});

test('MB-33 nothing stands behind the person, and bytes that are no text are none', () => {
  const anna = new ByteWriter().text('Anna').finish();
  assert.throws(() => decodeRecord(withTail(new ByteWriter().raw(anna).u8(0).finish())), MalformedError);
  assert.throws(() => decodeRecord(withTail(Uint8Array.of(2, 0xc3, 0x28))), MalformedError);
  assert.throws(() => decodeRecord(withTail(Uint8Array.of(9, 0x41))), MalformedError);
});
