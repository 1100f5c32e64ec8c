import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { parseLine, splitLines } from '../../../../main/api/json-lines.ts';

const STRUCTURE = { depthMax: 3, tokensMax: 8 };

async function* chunksOf(bytes: Buffer, size: number): AsyncGenerator<Buffer, void> {
  for (let start = 0; start < bytes.length; start += size) yield await Promise.resolve(bytes.subarray(start, start + size));
}

async function linesOf(text: string, size: number, bytesMax = 1_000): Promise<(readonly [number, string | undefined])[]> {
  const lines: (readonly [number, string | undefined])[] = [];
  for await (const { number, bytes } of splitLines(chunksOf(Buffer.from(text), size), bytesMax)) lines.push([number, bytes?.toString('utf8')]);
  return lines;
}

test('lines come whole wherever the chunks end, empty ones left out, with their numbers', async () => {
  const line = fc.string({ unit: 'grapheme' }).map((text) => text.replaceAll('\n', ' '));
  await fc.assert(
    fc.asyncProperty(fc.array(line), fc.integer({ min: 1, max: 9 }), async (lines, size) => {
      const expected = lines.flatMap((text, index) => (/^[ \t\r]*$/.test(text) ? [] : [[index + 1, text] as const]));
      assert.deepEqual(await linesOf(lines.join('\n'), size), expected);
      assert.deepEqual(await linesOf(`${lines.join('\n')}\n`, size), expected);
    }),
  );
});

test('BK-11 a line beyond the bound is not kept, and the next one is read', async () => {
  assert.deepEqual(await linesOf(`ab\n${'x'.repeat(50)}\ncd\n`, 7, 10), [[1, 'ab'], [2, undefined], [3, 'cd']]);
  assert.throws(() => parseLine({ number: 1, bytes: undefined }, STRUCTURE), { code: 'VALUE_TOO_LARGE' });
});

test('BK-11 a line that nests or lists too much is refused before it is parsed', () => {
  const parse = (text: string): unknown => parseLine({ number: 1, bytes: Buffer.from(text) }, STRUCTURE);
  assert.deepEqual(parse('{"a":[{"b":"[[[[[,,,,,,,,,"},1,2]}'), { a: [{ b: '[[[[[,,,,,,,,,' }, 1, 2] });
  assert.deepEqual(parse(String.raw`{"a":"\\","b":"\"[[[[["}`), { a: '\\', b: '"[[[[[' });
  for (const text of ['[[[[', '[1,2,3,4,5,6,7,8,9]', '['.repeat(1_000_000), `[${'[],'.repeat(1_000_000)}[]]`]) {
    assert.throws(() => parse(text), { code: 'BAD_REQUEST', message: /nested/ }, text.slice(0, 20));
  }
  for (const text of ['{', '"', '"\\', '{"a":"\u0001"}', 'nul', '']) assert.throws(() => parse(text), { code: 'BAD_REQUEST' }, text);
  assert.throws(() => parseLine({ number: 1, bytes: Buffer.from([0x22, 0xff, 0x22]) }, STRUCTURE), { code: 'BAD_REQUEST' });
});

test('what JSON.parse would take of such a shape is taken as it is', () => {
  const json = fc.jsonValue({ maxDepth: 1 }).filter((value) => JSON.stringify(value).split(/[[{,]/).length <= 6);
  fc.assert(fc.property(json, (value) => {
    const text = JSON.stringify(value);
    assert.deepEqual(parseLine({ number: 1, bytes: Buffer.from(text) }, { depthMax: 9, tokensMax: 1_000 }), JSON.parse(text));
  }));
});

test('a body that breaks off is a bad request', async () => {
  async function* broken(): AsyncGenerator<Buffer, void> {
    yield await Promise.resolve(Buffer.from('a\nb'));
    throw new Error('aborted');
  }
  await assert.rejects(async () => {
    for await (const line of splitLines(broken(), 10)) assert.equal(line.number, 1);
  }, { code: 'BAD_REQUEST' });
});
