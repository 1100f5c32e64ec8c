/** What a benchmark of the window prints: a floor, a figure, and their ratio. */

export function line(what: string, floor: number, value: number, wanted: string): void {
  const cells = [floor.toFixed(1).padStart(10), value.toFixed(1).padStart(11), (value / floor).toFixed(2).padStart(8)];
  console.log(`${what.padEnd(54)}${cells.join(' ')}   ${wanted}`);
}

export function median(values: readonly number[]): number {
  return quantile(values, 0.5);
}

export function quantile(values: readonly number[], of: number): number {
  const sorted = [...values].sort((a, b) => a - b);
  return sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * of))] ?? NaN;
}
