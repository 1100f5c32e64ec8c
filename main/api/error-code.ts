/** Why a call was not carried out, in codes that stay. */

export type ErrorCode =
  | 'BAD_REQUEST'
  | 'CONTEXT_MISMATCH'
  | 'UNAUTHORIZED'
  | 'FORBIDDEN'
  | 'NOT_FOUND'
  | 'METHOD_NOT_ALLOWED'
  | 'VALUE_TOO_LARGE'
  | 'CONTEXT_REQUIRED'
  | 'OVERLOADED'
  | 'QUORUM_UNREACHABLE'
  | 'NO_TEAM'
  | 'STORE_READ_ONLY'
  | 'QUARANTINED'
  | 'ALREADY_IN_TEAM'
  | 'FOREIGN_RECORDS'
  | 'INVITE_INVALID'
  | 'INVITE_REFUSED'
  | 'INVITE_USED'
  | 'INVITER_UNREACHABLE'
  | 'KEYCHAIN_UNAVAILABLE'
  | 'NOT_YET'
  | 'INTERNAL';

export interface ApiErrorBody {
  readonly code: ErrorCode;
  readonly message: string;
  /** `QUORUM_UNREACHABLE`: what was asked for, what answered, what is on disk somewhere. */
  readonly needed?: number;
  readonly acks?: number;
  readonly durable?: number;
  /** `NOT_FOUND` of a deleted key: covers the deletions, hand it back to write the key again. */
  readonly context?: string;
}
