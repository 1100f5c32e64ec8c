/** `ringleaf start`, as the launcher runs it, of a member whose day is a millisecond: it forgets deletions within seconds. */
import { partsWith } from '../../main/member/parts.ts';
import { start } from '../../main/member/start.ts';
import { DEFAULT_CONFIG } from '../../p2p/index.ts';

const HASTE = { dayMs: 1, reapIntervalMs: 500, reapQuietMs: 1_000, exchangeIntervalMs: 2_000 };

process.exit(await start(process.argv.slice(3), process.env, partsWith({ ...DEFAULT_CONFIG, ...HASTE })));
