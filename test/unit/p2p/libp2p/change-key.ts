/** Changes the passphrase of a data folder's key: `change-key.ts DIR {"from", "to"}`. */
import { DeviceKey } from '../../../../p2p/libp2p/device-key.ts';

const [, , dir = '', change = '{}'] = process.argv;
const { from, to } = JSON.parse(change) as { readonly from: string; readonly to: string | null };
const key = await DeviceKey.open(dir, () => Promise.resolve(from));
await key.protect(to);
