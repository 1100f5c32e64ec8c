/** A bug in this program, never something that a peer or a person sent. Stops the node. */
export class InvariantError extends Error {
  readonly code = 'INVARIANT';
}

export function invariant(holds: boolean, what: string): asserts holds {
  if (!holds) throw new InvariantError(what);
}
