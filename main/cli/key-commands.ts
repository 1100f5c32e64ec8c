/** Commands about one key: get, put, del, resolve, history, restore, where. */
import { readFile } from 'node:fs/promises';
import { buffer } from 'node:stream/consumers';
import type { HistoryResult, Placement, ReadResult, Sibling, WriteResult } from '../api/contract.ts';
import { whoWrote } from '../api/who-wrote.ts';
import { CliError, type ExitCode } from './exit-codes.ts';
import type { Invocation } from './invocation.ts';
import { at } from './member-client.ts';
import { show, table } from './table.ts';

const PREVIEW_CHARS = 40;

export async function get(call: Invocation): Promise<ExitCode> {
  const result = await read(call);
  const [only, ...more] = result.siblings;
  if (call.json) call.out(`${JSON.stringify(result)}\n`);
  else if (only === undefined || more.length > 0) printSiblings(call, result);
  else call.out(bytesOf(only));
  return more.length > 0 ? 3 : 0;
}

export async function put(call: Invocation): Promise<ExitCode> {
  const value = await givenValue(call, 2);
  if (value === undefined) throw new CliError(1, 'VALUE (or --file F, or -) is missing');
  return write(call, value, call.option('context'));
}

/** Without `--context` it deletes the one value that is there; several are shown, not deleted. */
export async function del(call: Invocation): Promise<ExitCode> {
  let context = call.option('context');
  if (context === undefined) {
    const result = await read(call);
    if (result.siblings.length > 1) {
      printSiblings(call, result);
      return 3;
    }
    context = result.context;
  }
  return printWritten(call, await call.client.json({
    method: 'DELETE', path: keyPath(call), query: writeQuery(call), headers: { 'x-causal-context': context },
  }));
}

/** Writes one value over exactly the siblings that it has just read. */
export async function resolve(call: Invocation): Promise<ExitCode> {
  const result = await read(call);
  const take = call.option('take');
  const taken = result.siblings.find(({ dot }) => dot === take);
  if (take !== undefined && taken === undefined) throw new CliError(2, `no sibling has the dot ${take}`);
  if (taken?.deleted === true) {
    const headers = { 'x-causal-context': result.context };
    return printWritten(call, await call.client.json({ method: 'DELETE', path: keyPath(call), query: writeQuery(call), headers }));
  }
  const value = taken === undefined ? await givenValue(call, 2) : bytesOf(taken);
  if (value === undefined) {
    printSiblings(call, result);
    return 3;
  }
  return write(call, value, result.context, taken?.contentType ?? result.siblings.find(({ deleted }) => !deleted)?.contentType);
}

export async function history(call: Invocation): Promise<ExitCode> {
  const result = await earlier(call);
  if (call.json) call.out(`${JSON.stringify(result)}\n`);
  else {
    call.out(table(['version', 'written', 'by', 'type', 'value'], result.versions.map((version) => [
      version.dot, version.writtenAt, writerOf(version), version.contentType, preview(version),
    ])));
    if (result.partial !== undefined) call.out(`there may be more: ${result.partial.silent.length} replicas did not answer\n`);
    call.out(`context ${result.context}\n`);
  }
  return 0;
}

/** Writes an earlier version over what is there now, or over what `--context` has seen. */
export async function restore(call: Invocation): Promise<ExitCode> {
  const dot = call.word(2, 'DOT (the version, as "history" names it)');
  const { versions, context } = await earlier(call);
  const version = versions.find((candidate) => candidate.dot === dot);
  if (version === undefined) throw new CliError(2, `no earlier version has the dot ${dot}`);
  return write(call, bytesOf(version), call.option('context') ?? context, version.contentType);
}

export async function where(call: Invocation): Promise<ExitCode> {
  const placed = (await call.client.json({ path: `${keyPath(call)}/placement` })) as Placement;
  if (call.json) call.out(`${JSON.stringify(placed)}\n`);
  else {
    call.out(`partition ${placed.partition}, position ${placed.position}\n`);
    const rows = [...placed.primaries.map((member) => ['primary', member] as const), ...placed.fallbacks.map((member) => ['fallback', member] as const)];
    call.out(table(['role', 'member', 'holds', 'durable'], rows.map(([role, member]) => {
      const holder = placed.holders.find((candidate) => candidate.member === member);
      const answer = placed.silent.includes(member) ? 'did not answer' : holder?.dots.join(' ');
      return [role, member, answer, holder?.durable];
    })));
  }
  return 0;
}

async function earlier(call: Invocation): Promise<HistoryResult> {
  return (await call.client.json({ path: `${keyPath(call)}/history`, query: { timeoutMs: call.option('timeout-ms') } })) as HistoryResult;
}

/** The first line of a text, as much as a table has room for. */
function preview(sibling: Sibling): string {
  const bytes = bytesOf(sibling);
  if (sibling.encoding !== 'utf8') return `(${bytes.length} bytes)`;
  const [line = '', ...more] = (sibling.value ?? '').split('\n');
  return line.length > PREVIEW_CHARS || more.length > 0 ? `${line.slice(0, PREVIEW_CHARS)}… (${bytes.length} bytes)` : line;
}

async function read(call: Invocation): Promise<ReadResult> {
  const query = { r: call.option('r'), sloppy: call.option('sloppy'), timeoutMs: call.option('timeout-ms') };
  return (await call.client.json({ path: keyPath(call), query, headers: { accept: 'application/json' } })) as ReadResult;
}

async function write(call: Invocation, value: Uint8Array, context: string | undefined, type?: string): Promise<ExitCode> {
  const headers = {
    'x-causal-context': context,
    'content-type': call.option('type') ?? type ?? (isText(value) ? 'text/plain; charset=utf-8' : 'application/octet-stream'),
  };
  return printWritten(call, await call.client.json({ method: 'PUT', path: keyPath(call), query: writeQuery(call), headers, body: value }));
}

function printWritten(call: Invocation, answer: unknown): ExitCode {
  const { acks, needed, copies, siblings, context } = answer as WriteResult;
  if (call.json) call.out(`${JSON.stringify(answer)}\n`);
  else {
    const more = siblings > 1 ? `; the key has ${siblings} siblings: ringleaf resolve` : '';
    call.out(`kept by ${acks} (${needed} needed), ${copies.filter(({ durable }) => durable).length} durable${more}\ncontext ${context}\n`);
  }
  return 0;
}

function writerOf({ writtenBy, writtenByName, writtenByPerson }: Sibling): string {
  return whoWrote({ id: writtenBy, name: writtenByName, person: writtenByPerson });
}

function printSiblings(call: Invocation, result: ReadResult): void {
  if (call.json) {
    call.out(`${JSON.stringify(result)}\n`);
    return;
  }
  for (const sibling of result.siblings) {
    call.out(`--- ${sibling.dot}  ${show(writerOf(sibling))}  ${sibling.writtenAt}  ${show(sibling.contentType)}\n`);
    const text = sibling.encoding === 'utf8' ? (sibling.value ?? '') : `(${bytesOf(sibling).length} bytes)`;
    call.out(sibling.deleted ? '(deleted)\n' : `${text.split('\n').map(show).join('\n')}\n`);
  }
  call.out(`context ${result.context}\n`);
}

function keyPath(call: Invocation): string {
  return at('buckets', call.word(0, 'BUCKET'), 'keys', call.word(1, 'KEY'));
}

function writeQuery(call: Invocation): Readonly<Record<string, string | undefined>> {
  return { w: call.option('w'), sloppy: call.option('sloppy'), timeoutMs: call.option('timeout-ms') };
}

async function givenValue(call: Invocation, index: number): Promise<Uint8Array | undefined> {
  const file = call.option('file');
  const word = call.words[index];
  if (file !== undefined && file !== '-') {
    return readFile(file).catch(() => Promise.reject(new CliError(1, `${file} cannot be read`)));
  }
  if (file === '-' || word === '-') return buffer(process.stdin);
  return word === undefined ? undefined : Buffer.from(word);
}

function bytesOf({ value, encoding }: Sibling): Uint8Array {
  return Buffer.from(value ?? '', encoding === 'utf8' ? 'utf8' : 'base64');
}

function isText(value: Uint8Array): boolean {
  return Buffer.from(Buffer.from(value).toString('utf8')).equals(Buffer.from(value));
}
