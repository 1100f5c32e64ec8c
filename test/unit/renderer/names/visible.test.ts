/** Names that look like others, and what one sees of them. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { DialResult, DoctorReport, MemberInfo, ReadResult, Sibling, Status } from '../../../../main/api/contract.ts';
import { withVisibleNames } from '../../../../renderer/names/visible-answers.ts';
import { visible, visibleKey, visibleText } from '../../../../renderer/names/visible.ts';

test('WN-11 what shows nothing or turns words round is shown as a mark', () => {
  for (const [name, shown] of [
    ['Ada\u202eneB', 'Ada⟨U+202E⟩neB'],
    ['\u2066Ada\u2069', '⟨U+2066⟩Ada⟨U+2069⟩'],
    ['Ada\u200b', 'Ada⟨U+200B⟩'],
    ['A\u00adda', 'A⟨U+00AD⟩da'],
    ['\ufeffAda', '⟨U+FEFF⟩Ada'],
    ['Ada\u{e0041}', 'Ada⟨U+E0041⟩'],
    ['Ada\n\u0007', 'Ada⟨U+000A⟩⟨U+0007⟩'],
    ['Ada\u3164', 'Ada⟨U+3164⟩'],
    ['Ada\ud800', 'Ada⟨U+D800⟩'],
    ['Ada\u2028', 'Ada⟨U+2028⟩'],
    ['1\ufe0f', '1⟨U+FE0F⟩'],
  ]) {
    assert.equal(visible(name ?? ''), shown);
  }
});

test('WN-11 a space that one cannot count is a mark: at an end, doubled, or of another kind', () => {
  assert.equal(visible(' Ada'), '⟨U+0020⟩Ada');
  assert.equal(visible('Ada '), 'Ada⟨U+0020⟩');
  assert.equal(visible('Ada  Ben'), 'Ada⟨U+0020⟩ Ben');
  assert.equal(visible('Ada\u00a0Ben'), 'Ada⟨U+00A0⟩Ben');
  assert.equal(visible(' '), '⟨U+0020⟩');
});

test('WN-11 names as people give them stay as they are', () => {
  for (const name of ['Front desk laptop', 'Zoë', 'お店', 'notes/2026-11/monday.md', '👩‍💻 Ada', '❤️', '🏴󠁧󠁢󠁥󠁮󠁧󠁿', '<b>x</b>', '']) assert.equal(visible(name), name);
});

test('WN-11 a mark cannot be forged, and letters from right to left carry nothing along', () => {
  assert.equal(visible('Ada⟨U+202E⟩'), 'Ada⟨U+27E8⟩U+202E⟨U+27E9⟩');
  assert.equal(visible('דנה 3'), '\u2068דנה 3\u2069');
  assert.equal(visibleKey('דנה', 'a\u202eb'), '\u2068דנה\u2069/a⟨U+202E⟩b');
});

test('WN-11 a value keeps its lines and spaces, and shows what turns it round', () => {
  assert.equal(visibleText(' a\n\tb\u202ec  d⟨\u0007 👩‍💻'), ' a\n\tb⟨U+202E⟩c  d⟨⟨U+0007⟩ 👩‍💻');
});

const SIBLING = { value: 'a\u202eb', encoding: 'utf8', contentType: 'text/plain', deleted: false, dot: 'a:1', writtenBy: 'm', writtenByName: 'A\u202e', writtenByPerson: 'P\u200b', writtenAt: '' } as Sibling;

test('WN-11 names of members and of the team are visible from the answer on; keys, buckets and values stay', () => {
  const read = withVisibleNames('get', { context: 'c', siblings: [SIBLING], base: SIBLING, replies: [], needed: 1, acks: 1 } satisfies ReadResult);
  for (const one of [...read.siblings, read.base ?? assert.fail()]) assert.deepEqual([one.writtenByName, one.writtenByPerson, one.value], ['A⟨U+202E⟩', 'P⟨U+200B⟩', 'a\u202eb']);
  assert.equal(withVisibleNames('history', { context: '', versions: [SIBLING], replies: [] }).versions[0]?.writtenByName, 'A⟨U+202E⟩');

  const removed = { by: 'm', byName: '\u200bBen', byPerson: '\u200bBo', at: '' };
  const member = { memberId: 'm', name: 'A\u202e', person: '\u200bAnna', machine: 'x\u200b', zone: '\u2066', address: null, removed } as MemberInfo;
  const [seen] = withVisibleNames('members', [member]);
  assert.deepEqual([seen?.name, seen?.person, seen?.machine, seen?.zone, seen?.address], ['A⟨U+202E⟩', '⟨U+200B⟩Anna', 'x⟨U+200B⟩', '⟨U+2066⟩', null]);
  assert.deepEqual([seen?.removed?.byName, seen?.removed?.byPerson], ['⟨U+200B⟩Ben', '⟨U+200B⟩Bo']);

  const hostile = 'for \u202eAda';
  const status = { name: hostile, person: hostile, team: { teamId: 't', name: hostile, partitions: 8 }, membership: { status: 'up', removed }, closing: { words: hostile, detail: hostile }, disk: { readOnly: hostile }, quarantine: hostile, warnings: [hostile] } as unknown as Status;
  assert.doesNotMatch(JSON.stringify(withVisibleNames('status', status)), /\u202e|\u200b/);

  const invite = { inviteId: '', madeAt: '', expiresAt: '', used: { by: 'm', byName: hostile, byPerson: hostile, at: '' } };
  const facts = { teamId: '', teamName: hostile, inviter: '', words: [], expiresAt: '' };
  for (const answer of [withVisibleNames('invites', [invite]), withVisibleNames('withdrawInvite', [invite]), withVisibleNames('readInvite', facts)]) assert.match(JSON.stringify(answer), /for ⟨U\+202E⟩Ada/);

  const finding = { id: 'away', severity: 'note', layer: 'network', title: hostile, seen: [hostile], todo: [hostile] } as const;
  const gathered = { keptAddresses: ['/dns/a.example/tcp/1'] };
  const report = withVisibleNames('doctor', { at: '', verdict: 'note', summary: hostile, findings: [finding], facts: gathered } as unknown as DoctorReport);
  assert.doesNotMatch(JSON.stringify(report), /\u202e/);
  assert.equal(report.facts, gathered, 'an address is taken out by itself');
  const dialled: DialResult = { address: '/dns/a.example/tcp/1', outcome: 'reached', member: 'm', memberName: hostile, words: hostile, kept: true };
  assert.doesNotMatch(JSON.stringify(withVisibleNames('dial', dialled)), /\u202e/);

  const keys = { keys: [{ key: 'a\u202eb' }] } as never;
  assert.equal(withVisibleNames('keys', keys), keys);
});
