/** Conflicts made over HTTP: several writes by several members who all had seen the same version. */
import assert from 'node:assert/strict';
import type { RunningMember } from '../cluster/member-harness.ts';

/** `null`: a deletion. */
export type Version = string | Uint8Array | null;

export interface Apart {
  readonly bucket: string;
  readonly key: string;
  readonly contentType: string;
  /** Absent: nobody had seen a version. */
  readonly base?: Version;
  readonly versions: readonly Version[];
}

export async function writeApart(members: readonly RunningMember[], { bucket, key, contentType, base, versions }: Apart): Promise<void> {
  const path = `/v1/buckets/${encodeURIComponent(bucket)}/keys/${encodeURIComponent(key)}?w=all`;
  let headers: Record<string, string> = { 'content-type': contentType };
  const write = async (version: Version, index: number): Promise<string> => {
    const member = members[index % members.length];
    assert.ok(member !== undefined);
    const body = version === null ? {} : { body: version };
    const answer = await member.ask(version === null ? 'DELETE' : 'PUT', path, { headers, ...body });
    assert.ok(answer.status < 300, answer.text);
    return String(answer.headers['x-causal-context']);
  };
  if (base !== undefined) headers = { ...headers, 'x-causal-context': await write(base, 0) };
  for (const [index, version] of versions.entries()) await write(version, index + 1);
}

/** Values of the siblings, deletions as `null`. */
export async function siblingsOf(member: RunningMember, bucket: string, key: string): Promise<readonly (string | null)[]> {
  const path = `/v1/buckets/${encodeURIComponent(bucket)}/keys/${encodeURIComponent(key)}`;
  const answer = await member.ask('GET', path, { headers: { accept: 'application/json' } });
  return ((answer.json().siblings ?? []) as { value: string | null }[]).map(({ value }) => value);
}
