/**
 * The member's numbers in the Prometheus text format. Calls and what the engine traces are counted
 * as they happen; what a member is at the moment (keys, hints, peers) is asked at each scrape.
 */
import { collectDefaultMetrics, Counter, Gauge, Histogram, Registry } from 'prom-client';
import type { StoreCounts, TraceEvent } from '../../p2p/index.ts';
import { isActive, totalHintBytes } from '../../p2p/index.ts';
import type { Engine } from './engine.ts';

/** What is asked at a scrape. */
export interface MetricsSource {
  counts(): StoreCounts;
  engine(): Engine | undefined;
}

export interface Metrics {
  readonly contentType: string;
  text(): Promise<string>;
  /** One call of the contract has ended. @param code `OK` or the error's code. */
  observeCall(call: string, code: string, seconds: number): void;
  observeTrace(event: TraceEvent): void;
}

/** Seconds. A quorum on a LAN takes milliseconds, a time-out five seconds. */
const LATENCY_BUCKETS = [0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5];

export function createMetrics(source: MetricsSource): Metrics {
  const registry = new Registry();
  const registers = [registry];
  collectDefaultMetrics({ register: registry });
  gauges(registers, source);
  const calls = new Histogram({
    name: 'ringleaf_call_seconds',
    help: 'Time from a call of the window, HTTP or the command line to its answer.',
    labelNames: ['call', 'code'],
    buckets: LATENCY_BUCKETS,
    registers,
  });
  const events = new Counter({ name: 'ringleaf_events_total', help: 'What happened inside the engine, by kind.', labelNames: ['kind'], registers });
  const repaired = new Counter({ name: 'ringleaf_repaired_keys_total', help: 'Keys that Merkle exchange has mended.', registers });
  const reaped = new Counter({ name: 'ringleaf_reaped_keys_total', help: 'Deleted keys that were forgotten here, as every member agreed.', registers });
  return {
    contentType: registry.contentType,
    text: () => registry.metrics(),
    observeCall: (call, code, seconds) => calls.labels(call, code).observe(seconds),
    observeTrace(event) {
      events.labels(event.kind).inc();
      if (event.kind === 'exchange') repaired.inc(event.repaired);
      if (event.kind === 'reaped') reaped.inc(event.keys);
    },
  };
}

function gauges(registers: Registry[], source: MetricsSource): void {
  const gauge = (name: string, help: string, value: () => number): void => {
    new Gauge({ name: `ringleaf_${name}`, help, registers, collect() { this.set(value()); } });
  };
  gauge('keys', 'Live keys on this device.', () => source.counts().keys);
  gauge('conflicts', 'Keys on this device with more than one sibling.', () => source.counts().conflicts);
  gauge('corrupt_records', 'Records whose checksum failed since the start.', () => source.counts().corrupt);
  gauge('scrubbed_records', 'Records that the scrub has looked at since the start.', () => source.engine()?.scrub().looked ?? 0);
  gauge('mended_records', 'Damaged records that were fetched from others and written anew, since the start.', () => source.engine()?.scrub().mended ?? 0);
  gauge('refused_records', 'Damaged records that nobody reachable has: refused, never served.', () => source.engine()?.scrub().refused ?? 0);
  gauge('last_scrub_timestamp_seconds', 'When every record had been looked at last; 0 = not yet.', () => (source.engine()?.scrub().lastMs ?? 0) / 1_000);
  gauge('hint_bytes', 'Bytes of the records kept here for members that are away.', () => totalHintBytes(source.counts()));
  gauge('hints_refused', 'Requests to keep a record for a member that is away, refused for want of room, since the start.', () => source.engine()?.hintRoom().refused ?? 0);
  gauge('store_read_only', '1 while the disk takes no writes.', () => Number(source.counts().readOnly !== undefined));
  gauge('deletions_waiting', 'Deletions old enough to be forgotten that this device is to see to.', () => source.engine()?.reaping().waiting ?? 0);
  gauge('deletions_blocked_by', 'Members that did not agree to forget deletions, or are away.', () => source.engine()?.reaping().blockedBy.length ?? 0);
  gauge('quarantined', '1 while a copy of the data folder runs elsewhere, or it is an old one.', () => Number(source.engine()?.condition().quarantine !== undefined));
  gauge('partitions', 'Partitions that this device is to keep.', () => source.engine()?.overview().partitionsOwned ?? 0);
  new Gauge({
    name: 'ringleaf_hints',
    help: 'Writes kept here for a member that is away.',
    labelNames: ['target'],
    registers,
    collect() {
      this.reset();
      for (const [target, count] of source.counts().hints) this.labels(target).set(count);
    },
  });
  new Gauge({
    name: 'ringleaf_members',
    help: 'Members of the team as this device sees them.',
    labelNames: ['liveness'],
    registers,
    collect() {
      this.reset();
      for (const { record, liveness } of source.engine()?.members() ?? []) if (isActive(record.status)) this.labels(liveness).inc();
    },
  });
}
