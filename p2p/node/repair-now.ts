/** An exchange with everybody who is alive, because a person asked for it. */
import type { Scope } from '../antientropy/scope.ts';
import { classOf, copiesOf } from '../antientropy/scope.ts';
import type { BucketName } from '../types.ts';
import type { RepairOutcome } from './commands.ts';
import type { Core } from './core.ts';
import type { Exchange } from './exchange.ts';
import { windowed } from './windowed.ts';

const PEERS_AT_ONCE = 4;

export function repairNow(core: Core, exchange: Exchange, bucket: BucketName | undefined, respond: (outcome: RepairOutcome) => void): void {
  const scopes: readonly Scope[] = bucket === undefined ? core.classes() : [{ n: classOf(core.buckets.settings(bucket).n), bucket }];
  const peers = core.alivePeers();
  const compared = new Set<string>();
  let [exchanged, differing, repaired] = [0, 0, 0];
  windowed(
    peers,
    PEERS_AT_ONCE,
    (peer, next) => {
      exchange.round(peer, scopes, (result) => {
        if (result.partitions > 0) {
          for (const scope of scopes) for (const partition of core.sharedPartitions(core.self, peer, copiesOf(scope))) compared.add(`${scope.n} ${partition}`);
        }
        exchanged += result.partitions;
        differing += result.differing;
        repaired += result.repaired;
        next();
      });
    },
    () => respond({ kind: 'repaired', partitions: compared.size, exchanged, differing, repaired }),
  );
}
