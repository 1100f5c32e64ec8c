/** `doctor` and `dial`: why it does not sync, and an address to try. */
import type { DialResult, DoctorFacts, DoctorReport, Finding } from '../api/contract.ts';
import { folderReport } from '../doctor/folder.ts';
import { isFine } from '../doctor/report.ts';
import { span } from '../doctor/words.ts';
import { CliError, type ExitCode } from './exit-codes.ts';
import type { Invocation } from './invocation.ts';
import { at } from './member-client.ts';
import { show, table } from './table.ts';

/** A member that hangs holds its socket open for ever. */
const ANSWER_WITHIN_MS = 10_000;
const WORDS = { ok: 'ok', note: 'note', warning: 'warning', problem: 'PROBLEM' };
const INDENT = ' '.repeat(9);

/** 0 nothing to act on, 4 something is wrong, 5 no member answers: then what its folder shows. */
export async function doctor(call: Invocation): Promise<ExitCode> {
  const report = await asked(call);
  if (report !== undefined) {
    print(call, report);
    return isFine(report.verdict) ? 0 : 4;
  }
  print(call, await folderReport(call.dataDir));
  return 5;
}

/** 0 reached, 4 not. `--forget`: no longer dialled. */
export async function dial(call: Invocation): Promise<ExitCode> {
  const body = JSON.stringify({ address: call.word(0, 'ADDRESS (such as 192.168.1.20:4001)') });
  if (call.forget) {
    const left = (await call.client.json({ method: 'POST', path: at('dial', 'forget'), body })) as { readonly keptAddresses: readonly string[] };
    call.out(call.json ? `${JSON.stringify(left)}\n` : table(['still dialled'], left.keptAddresses.map((address) => [address])));
    return 0;
  }
  const result = (await call.client.json({ method: 'POST', path: at('dial'), body })) as DialResult;
  const who = result.member === null ? '' : `${show(result.memberName ?? result.member)}\n`;
  const kept = result.kept && result.outcome !== 'reached' ? 'It is tried again by itself; "ringleaf dial ADDRESS --forget" ends that.\n' : '';
  call.out(call.json ? `${JSON.stringify(result)}\n` : `${show(result.address)}  ${result.words}\n${who}${kept}`);
  return result.outcome === 'reached' ? 0 : 4;
}

/** `undefined` when nobody answers. */
async function asked(call: Invocation): Promise<DoctorReport | undefined> {
  try {
    return (await call.client.json({ path: at('doctor'), timeoutMs: ANSWER_WITHIN_MS })) as DoctorReport;
  } catch (error) {
    if (error instanceof CliError && error.exitCode === 5 && error.api === undefined) return undefined;
    throw error;
  }
}

function print(call: Invocation, report: DoctorReport): void {
  if (call.json) call.out(`${JSON.stringify(report)}\n`);
  else call.out(`${report.findings.map(paragraph).join('\n')}${'members' in report.facts ? membersOf(report.facts) : ''}`);
}

function paragraph({ severity, title, seen, todo }: Finding): string {
  const lines = [...seen.map(show), ...todo.map((step) => `→ ${show(step)}`)];
  return `${WORDS[severity].padEnd(INDENT.length)}${show(title)}\n${lines.map((line) => `${INDENT}${line}\n`).join('')}`;
}

function membersOf({ members }: DoctorFacts): string {
  const rows = members.filter(({ status }) => status !== 'left' && status !== 'removed').map((one) => [
    one.self ? `${one.name} (this device)` : one.name,
    one.liveness,
    one.roundTripMs === null ? '-' : `${one.roundTripMs.toFixed(1)} ms`,
    one.clockOffsetMs === null ? '-' : Math.abs(one.clockOffsetMs) < 1_000 ? 'same' : `${span(one.clockOffsetMs)} ${one.clockOffsetMs > 0 ? 'ahead' : 'behind'}`,
    one.release,
  ]);
  return rows.length === 0 ? '' : `\n${table(['device', 'liveness', 'round trip', 'clock', 'release'], rows)}`;
}
