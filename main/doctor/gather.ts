/** The facts of a running member, and the report on them. */
import { statfs } from 'node:fs/promises';
import { networkInterfaces } from 'node:os';
import type { Backend } from '../api/backend.ts';
import { diagnose } from './diagnose.ts';
import type { DoctorFacts, InterfaceFact, MemberFact } from './facts.ts';
import { reportOf, type DoctorReport } from './report.ts';

const INTERFACES_MAX = 64;

export async function memberReport(backend: Backend): Promise<DoctorReport> {
  const facts = await memberFacts(backend);
  return reportOf(diagnose(facts), facts, new Date().toISOString());
}

async function memberFacts(backend: Backend): Promise<DoctorFacts> {
  const engine = backend.engine();
  const membership = backend.membership();
  const { readOnly = null, corrupt } = backend.counts();
  const { owed = 0, keysMoved = 0 } = engine?.transfers() ?? {};
  const freeBytes = await freeBytesOf(backend.dataDir);
  return {
    release: backend.version,
    team: membership === undefined ? null : { standing: membership.status, removedBy: membership.removed?.byName ?? null },
    quarantine: engine?.condition().quarantine ?? null,
    interfaces: interfacesNow(),
    listen: backend.listen(),
    keptAddresses: backend.keptAddresses(),
    members: membersOf(backend),
    network: backend.network(),
    disk: { readOnly, corruptRecords: corrupt, refusedRecords: engine?.scrub().refused ?? 0, freeBytes },
    sync: { owed, keysMoved },
  };
}

function membersOf(backend: Backend): readonly MemberFact[] {
  return (backend.engine()?.members() ?? []).map(({ record, liveness, lastHeardMs, address, roundTripMs, clockOffsetMs, release }) => ({
    memberId: record.member,
    name: record.name,
    self: record.member === backend.memberId,
    machine: record.machine,
    status: record.status,
    liveness,
    lastHeardMs: lastHeardMs ?? null,
    addresses: [...new Set([...record.addresses, ...(address === undefined ? [] : [address])])],
    roundTripMs: roundTripMs ?? null,
    clockOffsetMs: clockOffsetMs ?? null,
    release: release ?? null,
  }));
}

/** Of the disk that a folder is on, as this user may use it; `null` when that cannot be told. */
export async function freeBytesOf(folder: string): Promise<number | null> {
  try {
    const { bavail, bsize } = await statfs(folder);
    return bavail * bsize;
  } catch {
    return null;
  }
}

function interfacesNow(): readonly InterfaceFact[] {
  const all = Object.entries(networkInterfaces()).flatMap(([name, addresses = []]) =>
    addresses.map(({ address, cidr, internal }) => ({ name, address, prefix: Number(cidr?.split('/')[1] ?? Number.NaN), internal })),
  );
  return all.filter(({ prefix }) => Number.isInteger(prefix)).slice(0, INTERFACES_MAX);
}
