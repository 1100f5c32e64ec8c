/** A question that many events call for: asked once at a time, and once more when they came meanwhile. */
export function oneAtATime(ask: () => Promise<void>): () => Promise<void> {
  let asking: Promise<void> | undefined;
  let again = false;
  const run = async (): Promise<void> => {
    try {
      do {
        again = false;
        await ask();
      } while (again);
    } finally {
      asking = undefined;
    }
  };
  return () => {
    if (asking !== undefined) again = true;
    else asking = run();
    return asking;
  };
}
