import { printCoverageReport } from '../coverage-report.ts';

const COUNTS = [1_000, 10_000, 100_000];
const TEAMS = [3, 6];

export function main(args: readonly string[]): number {
  printCoverageReport(args.length > 0 ? args.map(Number) : COUNTS, TEAMS);
  return 0;
}
