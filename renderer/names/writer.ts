/**
 * Pure: who wrote something, in words. The one place that decides them, wherever somebody is named: the
 * person and the device, "Anna Berg on Front desk laptop"; the device alone where it says nobody; and of
 * one that is not known here, that it is not. Names come in visible (`visible-answers.ts`), and are what
 * members say of themselves: two writers are never said alike, though both may call themselves Anna.
 */
import type { MemberInfo, Sibling } from '../../main/api/contract.ts';

export interface Writer {
  readonly memberId: string;
  /** Empty while its record is not known here. */
  readonly device: string;
  readonly person: string | null;
}

export function writerOf({ writtenBy, writtenByName, writtenByPerson }: Pick<Sibling, 'writtenBy' | 'writtenByName' | 'writtenByPerson'>): Writer {
  return { memberId: writtenBy, device: writtenByName, person: writtenByPerson };
}

export function writerAt({ memberId, name, person }: Pick<MemberInfo, 'memberId' | 'name' | 'person'>): Writer {
  return { memberId, device: name, person };
}

/** Of an answer that names who did something: a removal, the use of an invite. */
export function writerBy({ by, byName, byPerson }: { readonly by: string; readonly byName: string; readonly byPerson: string | null }): Writer {
  return { memberId: by, device: byName, person: byPerson };
}

/** "Anna Berg on Front desk laptop". */
export function writerWords(writer: Writer): string {
  const { who, where } = writerParts(writer);
  return `${who}${where}`;
}

/** The same, where who it is stands out from where: `who` is never empty. */
export function writerParts(writer: Writer): { readonly who: string; readonly where: string } {
  if (writer.device === '') return { who: `a device not known here (${idWords(writer)})`, where: '' };
  return writer.person === null ? { who: writer.device, where: '' } : { who: writer.person, where: ` on ${writer.device}` };
}

/** Where there is little room: "Anna Berg", or the device. Whoever shows it has the full words at hand, as a title. */
export function writerShort(writer: Writer): string {
  if (writer.device === '') return idWords(writer);
  return writer.person ?? writer.device;
}

/** "Ada", "Ada and Bo", "Ada, Bo and 2 more": each writer once, in short, and in full who would be taken for another. */
export function writersShort(writers: readonly Writer[], most = 3): string {
  return listed(apart(writers, [writerShort, writerWords]), most);
}

/** The same in full: "Ada on Front desk and Bo on Workshop". */
export function writersWords(writers: readonly Writer[], most = 3): string {
  return listed(apart(writers, [writerWords]), most);
}

/** "on Front desk", "on Front desk and Workshop": where several wrote, in their order; empty where their names are devices. */
export function devicesWords(writers: readonly Writer[]): string {
  const devices = each(writers).filter(({ device, person }) => device !== '' && person !== null).map(({ device }) => device);
  return devices.length === 0 ? '' : `on ${listed([...new Set(devices)], 3)}`;
}

/** Each writer once. */
function each(writers: readonly Writer[]): readonly Writer[] {
  return [...new Map(writers.map((writer) => [writer.memberId, writer])).values()];
}

/** Each in the first way of saying by which, in whatever way, no other of them is said, and with its id if none is left. */
function apart(writers: readonly Writer[], ways: readonly ((writer: Writer) => string)[]): readonly string[] {
  const all = each(writers);
  const isAlone = (words: string, writer: Writer): boolean => all.every((other) => other === writer || ways.every((way) => way(other) !== words));
  return all.map((writer) => {
    const way = ways.find((one) => isAlone(one(writer), writer));
    return way === undefined ? `${writerWords(writer)} (${idWords(writer)})` : way(writer);
  });
}

function listed(names: readonly string[], most: number): string {
  if (names.length > most) return `${names.slice(0, most - 1).join(', ')} and ${names.length - most + 1} more`;
  return names.length < 2 ? (names[0] ?? 'unknown') : `${names.slice(0, -1).join(', ')} and ${names.at(-1) ?? ''}`;
}

/** The end of its id: the beginnings are alike. */
function idWords({ memberId }: Writer): string {
  return `…${memberId.slice(-8)}`;
}
