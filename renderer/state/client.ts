/**
 * The contract's calls over a link: numbers each call, matches its answer, and rejects what is
 * pending the moment the engine is lost, so that nothing waits for an answer that cannot come.
 */
import type { Api, ApiErrorBody, ApiEvent, CallName, ChangeEvent, ErrorCode, Params, Result, ServerFrame } from '../../main/api/contract.ts';
import { withVisibleNames } from '../names/visible-answers.ts';
import { visible } from '../names/visible.ts';
import { openLink, type LinkState } from './link.ts';

export type FailureCode = ErrorCode | 'ENGINE_UNREACHABLE' | 'ENGINE_SILENT';
export type Unsubscribe = () => void;

/** Why a call failed, in words that can be shown as they are. */
export class CallError extends Error {
  override readonly name = 'CallError';
  readonly code: FailureCode;
  readonly body: ApiErrorBody | null;

  constructor(code: FailureCode, message: string, body: ApiErrorBody | null = null) {
    super(message);
    this.code = code;
    this.body = body;
  }
}

export interface Client extends Api {
  /** Every event of the member. */
  onEvent(handler: (event: ApiEvent) => void): Unsubscribe;
  /** Calls back at once with the present state, then on each change. */
  onLink(handler: (state: LinkState) => void): Unsubscribe;
  /** Dial now instead of at the end of the back-off. */
  retryNow(): void;
}

interface Pending {
  readonly resolve: (result: unknown) => void;
  readonly reject: (error: CallError) => void;
  readonly timer: ReturnType<typeof setTimeout>;
}

/** Longer than any deadline inside the engine: only a hung engine reaches it. */
const CALL_TIMEOUT_MS = 90_000;

export function connect(): Client {
  const pending = new Map<number, Pending>();
  const eventHandlers = new Set<(event: ApiEvent) => void>();
  const linkHandlers = new Set<(state: LinkState) => void>();
  let linkState: LinkState = 'connecting';
  let lastId = 0;

  const link = openLink({
    onFrame(frame) {
      if ('event' in frame) for (const handler of eventHandlers) handler(frame.event);
      else settle(pending, frame);
    },
    onState(state) {
      linkState = state;
      if (state !== 'open') rejectAll(pending);
      for (const handler of linkHandlers) handler(state);
    },
  });

  function call<C extends CallName>(name: C): (params: Params<C>) => Promise<Result<C>> {
    return (params) =>
      new Promise((resolve, reject) => {
        const id = ++lastId;
        const timer = setTimeout(() => {
          pending.delete(id);
          reject(new CallError('ENGINE_SILENT', 'The Ringleaf engine did not answer in time.'));
        }, CALL_TIMEOUT_MS);
        pending.set(id, { resolve: (result) => resolve(withVisibleNames(name, result as Result<C>)), reject, timer });
        if (!link.send({ id, call: name, params })) rejectOne(pending, id, unreachable());
      });
  }

  return {
    ...everyCall(call),
    onEvent: (handler) => subscribe(eventHandlers, handler),
    onLink(handler) {
      handler(linkState);
      return subscribe(linkHandlers, handler);
    },
    retryNow: () => link.retryNow(),
  };
}

/** The one list of the calls that there are to make. */
function everyCall(call: <C extends CallName>(name: C) => (params: Params<C>) => Promise<Result<C>>): Api {
  return {
    status: call('status'),
    protectKey: call('protectKey'),
    rename: call('rename'),
    createTeam: call('createTeam'),
    invite: call('invite'),
    invites: call('invites'),
    withdrawInvite: call('withdrawInvite'),
    readInvite: call('readInvite'),
    join: call('join'),
    leave: call('leave'),
    removeMember: call('removeMember'),
    members: call('members'),
    ring: call('ring'),
    buckets: call('buckets'),
    getBucket: call('getBucket'),
    setBucket: call('setBucket'),
    keys: call('keys'),
    conflicts: call('conflicts'),
    get: call('get'),
    put: call('put'),
    delete: call('delete'),
    history: call('history'),
    placement: call('placement'),
    repair: call('repair'),
    startExport: call('startExport'),
    nextExport: call('nextExport'),
    stopExport: call('stopExport'),
    startImport: call('startImport'),
    feedImport: call('feedImport'),
    stopImport: call('stopImport'),
    activity: call('activity'),
    doctor: call('doctor'),
    dial: call('dial'),
    forgetAddress: call('forgetAddress'),
    sayMerging: call('sayMerging'),
    merging: call('merging'),
  };
}

/** Is it about what is kept under a key? */
export function isChange(event: ApiEvent): event is ChangeEvent {
  return event.type === 'put' || event.type === 'delete' || event.type === 'conflict' || event.type === 'resolved';
}

/** A sentence for whatever a call threw. */
export function messageOf(error: unknown): string {
  if (error instanceof Error) return error.message;
  return 'Something went wrong.';
}

export function isCode(error: unknown, code: FailureCode): boolean {
  return error instanceof CallError && error.code === code;
}

function settle(pending: Map<number, Pending>, frame: Exclude<ServerFrame, { event: ApiEvent }>): void {
  const waiting = pending.get(frame.id);
  if (waiting === undefined) return;
  if ('error' in frame) {
    rejectOne(pending, frame.id, new CallError(frame.error.code, visible(frame.error.message), frame.error));
    return;
  }
  pending.delete(frame.id);
  clearTimeout(waiting.timer);
  waiting.resolve(frame.result);
}

function rejectOne(pending: Map<number, Pending>, id: number, error: CallError): void {
  const waiting = pending.get(id);
  pending.delete(id);
  clearTimeout(waiting?.timer);
  waiting?.reject(error);
}

function rejectAll(pending: Map<number, Pending>): void {
  for (const id of [...pending.keys()]) rejectOne(pending, id, unreachable());
}

function unreachable(): CallError {
  return new CallError('ENGINE_UNREACHABLE', 'The Ringleaf engine on this device is not answering.');
}

function subscribe<T>(handlers: Set<T>, handler: T): Unsubscribe {
  handlers.add(handler);
  return () => handlers.delete(handler);
}
