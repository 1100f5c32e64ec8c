/**
 * Works through a list with at most `window` items under way, then calls `done`. An item that
 * finishes before `run` returns is as good as one that finishes in a later step.
 */
export function windowed<T>(items: readonly T[], window: number, run: (item: T, next: () => void) => void, done: () => void): void {
  let started = 0;
  let underWay = 0;
  let isStarting = false;
  const go = (): void => {
    if (isStarting) return;
    isStarting = true;
    while (started < items.length && underWay < window) {
      const item = items[started] as T;
      started += 1;
      underWay += 1;
      run(item, finish);
    }
    isStarting = false;
    if (underWay === 0 && started === items.length) done();
  };
  const finish = (): void => {
    underWay -= 1;
    go();
  };
  go();
}
