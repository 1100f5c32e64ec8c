/** Failures as clients see them: a stable code, a sentence, an HTTP status. Never a stack trace. */
import type { ApiErrorBody, ErrorCode } from './contract.ts';

type Facts = Omit<ApiErrorBody, 'code' | 'message'>;

/** An expected failure of a call. */
export class ApiError extends Error {
  override readonly name = 'ApiError';
  readonly code: ErrorCode;
  readonly facts: Facts;

  constructor(code: ErrorCode, message: string, facts: Facts = {}) {
    super(message);
    this.code = code;
    this.facts = facts;
  }
}

const STATUS: Readonly<Record<ErrorCode, number>> = {
  BAD_REQUEST: 400,
  CONTEXT_MISMATCH: 400,
  INVITE_INVALID: 400,
  UNAUTHORIZED: 401,
  FORBIDDEN: 403,
  INVITE_REFUSED: 403,
  NOT_FOUND: 404,
  METHOD_NOT_ALLOWED: 405,
  ALREADY_IN_TEAM: 409,
  FOREIGN_RECORDS: 409,
  INVITE_USED: 409,
  VALUE_TOO_LARGE: 413,
  CONTEXT_REQUIRED: 428,
  OVERLOADED: 429,
  INTERNAL: 500,
  NOT_YET: 501,
  INVITER_UNREACHABLE: 503,
  KEYCHAIN_UNAVAILABLE: 503,
  NO_TEAM: 503,
  QUORUM_UNREACHABLE: 503,
  STORE_READ_ONLY: 503,
  QUARANTINED: 503,
};

export function statusOf(code: ErrorCode): number {
  return STATUS[code];
}

/** What a client is told of any failure: an unexpected one stays inside. */
export function errorBody(error: unknown): ApiErrorBody {
  if (error instanceof ApiError) return { code: error.code, message: error.message, ...error.facts };
  return { code: 'INTERNAL', message: 'Something went wrong inside this member; its log says what.' };
}

export function noTeam(): ApiError {
  return new ApiError('NO_TEAM', 'This device is in no team yet: create one, or join with an invite.');
}

