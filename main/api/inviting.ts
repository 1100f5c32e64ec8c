/** What can be said of an invite: by who made it, and by who is about to use it. */

/** An invite of this device that is open, or was used. The secret in it is told nobody again. */
export interface InviteInfo {
  /** 16 hex digits; says which, lets nobody in. */
  readonly inviteId: string;
  /** ISO 8601, by this device's clock; `null` for one of an earlier version. */
  readonly madeAt: string | null;
  readonly expiresAt: string;
  /** `null` = open. `byName` is empty while the member's record is not known here. */
  readonly used: { readonly by: string; readonly byName: string; readonly byPerson: string | null; readonly at: string | null } | null;
}

/** A new invite: its link, and what `InviteInfo` says of it. */
export interface NewInvite {
  /** `ringleaf://join/…`. Whoever has it can join, once. */
  readonly invite: string;
  readonly inviteId: string;
  readonly expiresAt: string;
}

/** What an invite says of itself. Nobody was asked, so it proves nothing: compare the words. */
export interface InviteFacts {
  readonly teamId: string;
  readonly teamName: string;
  /** Member id of the inviting device, and its words. */
  readonly inviter: string;
  readonly words: readonly string[];
  readonly expiresAt: string;
}
