/** Changes how a data folder's key is protected: `change-key.ts DIR {"from", "to"}`, each a passphrase, "keychain" or null. */
import { DeviceKey } from '../../../../p2p/libp2p/device-key.ts';
import { openersOf, protectionOf } from './openers.ts';

const [, , dir = '', change = '{}'] = process.argv;
const { from, to } = JSON.parse(change) as { readonly from: string | null; readonly to: string | null };
const key = await DeviceKey.open(dir, openersOf(from));
await key.protect(protectionOf(to));
