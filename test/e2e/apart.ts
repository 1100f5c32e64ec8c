/** Versions of a key made over HTTP: one after the other, or apart by members who had seen the same one. */
import assert from 'node:assert/strict';
import type { RunningMember } from '../cluster/member-harness.ts';

/** `null`: a deletion. */
export type Version = string | Uint8Array | null;

export interface Written {
  readonly bucket: string;
  readonly key: string;
  readonly contentType: string;
  readonly versions: readonly Version[];
}

export interface Apart extends Written {
  /** Absent: nobody had seen a version. */
  readonly base?: Version;
}

export function pathOf(bucket: string, key: string): string {
  return `/v1/buckets/${encodeURIComponent(bucket)}/keys/${encodeURIComponent(key)}`;
}

/** Conflicts: each version by the next member, none of whom had seen another's. */
export async function writeApart(members: readonly RunningMember[], apart: Apart): Promise<void> {
  const { base, versions } = apart;
  const seen = base === undefined ? undefined : await writeVersion(members, 0, { ...apart, version: base });
  for (const [index, version] of versions.entries()) await writeVersion(members, index + 1, { ...apart, version, seen });
}

/** Each version by the next member, which had seen the one before. @returns the context of the last. */
export async function writeInTurn(members: readonly RunningMember[], written: Written): Promise<string> {
  let seen: string | undefined;
  for (const [index, version] of written.versions.entries()) seen = await writeVersion(members, index, { ...written, version, seen });
  return seen ?? assert.fail('nothing was to be written');
}

interface Writing extends Omit<Written, 'versions'> {
  readonly version: Version;
  readonly seen?: string | undefined;
}

async function writeVersion(members: readonly RunningMember[], index: number, { bucket, key, contentType, version, seen }: Writing): Promise<string> {
  const member = members[index % members.length] ?? assert.fail('nobody is there to write');
  const headers = { 'content-type': contentType, 'x-causal-context': seen };
  const body = version === null ? {} : { body: version };
  const answer = await member.ask(version === null ? 'DELETE' : 'PUT', `${pathOf(bucket, key)}?w=all`, { headers, ...body });
  assert.equal(answer.status, 200, answer.text);
  return String(answer.headers['x-causal-context']);
}

/** Values of the siblings, deletions as `null`. */
export async function siblingsOf(member: RunningMember, bucket: string, key: string): Promise<readonly (string | null)[]> {
  const answer = await member.ask('GET', pathOf(bucket, key), { headers: { accept: 'application/json' } });
  return ((answer.json().siblings ?? []) as { value: string | null }[]).map(({ value }) => value);
}
