/** One key on one member, with the contract's rule: a write replaces what its context covers. */
import type { Params, ReadResult, Sibling, WriteResult } from '../../../../main/api/contract.ts';
import type { WriteApi } from '../../../../renderer/merge/saving.ts';
import { reading, sibling } from './support.ts';

export class FakeApi implements WriteApi {
  read: ReadResult;
  /** Writes that fail before they are applied. */
  failures: { readonly code: string; readonly message: string }[] = [];
  readonly writes: (Params<'put'> | Params<'delete'>)[] = [];
  readonly others = new Map<string, Sibling[]>();
  readonly #covers = new Map<string, readonly string[]>();
  #counter = 0;

  constructor(siblings: readonly Sibling[], base?: Sibling) {
    this.read = reading(siblings, base);
    this.#covers.set('c0', siblings.map(({ dot }) => dot));
  }

  get = (params: Params<'get'>): Promise<ReadResult> =>
    params.key === 'k' ? Promise.resolve(this.read) : Promise.resolve(reading(this.others.get(params.key) ?? []));

  put = (params: Params<'put'>): Promise<WriteResult> => this.#write(params, params.value, params.contentType);
  delete = (params: Params<'delete'>): Promise<WriteResult> => this.#write(params, null, 'text/plain');

  /** Somebody else writes with an older context: one more sibling. */
  intrude(value: string, base?: Sibling): void {
    const contentType = base?.contentType ?? 'text/plain';
    this.#settle([...this.read.siblings, sibling(`zoe:${++this.#counter}`, value, { contentType })], base);
  }

  values(): (string | null)[] {
    return this.read.siblings.map(({ value }) => value);
  }

  #write(params: Params<'put'> | Params<'delete'>, value: string | null, contentType: string): Promise<WriteResult> {
    this.writes.push(params);
    const failure = this.failures.shift();
    if (failure !== undefined) return Promise.reject(Object.assign(new Error(failure.message), { code: failure.code }));
    const written = sibling(`me:${++this.#counter}`, value, { contentType });
    if (params.key !== 'k') this.others.set(params.key, [written]);
    const covered = this.#covers.get(params.context ?? '') ?? [];
    if (params.key === 'k') this.#settle([...this.read.siblings.filter(({ dot }) => !covered.includes(dot)), written]);
    const context = `w${this.#counter}`;
    this.#covers.set(context, [...covered, written.dot]);
    const siblings = params.key === 'k' ? this.read.siblings.length : 1;
    return Promise.resolve({ context, acks: 2, needed: 2, copies: [], siblings, hereOnly: params.w === 'any' });
  }

  #settle(siblings: readonly Sibling[], base?: Sibling): void {
    const context = `r${++this.#counter}`;
    this.#covers.set(context, siblings.map(({ dot }) => dot));
    this.read = { ...reading(siblings, base), context };
  }
}
