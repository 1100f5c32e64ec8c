/** The only door of the storage room. */
export { openStore, type StoreOptions } from './classic-level-store.ts';
