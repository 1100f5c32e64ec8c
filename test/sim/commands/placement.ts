import { printPlacementReport } from '../placement-report.ts';

const SIZES = [3, 5, 10, 30, 100, 1_000, 10_000];

export function main(args: readonly string[]): number {
  printPlacementReport(args.length > 0 ? args.map(Number) : SIZES);
  return 0;
}
