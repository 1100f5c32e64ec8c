import { printMerkleReport } from '../merkle-report.ts';

const COUNTS = [1_000, 10_000, 100_000, 1_000_000];

export function main(args: readonly string[]): number {
  printMerkleReport(args.length > 0 ? args.map(Number) : COUNTS);
  return 0;
}
