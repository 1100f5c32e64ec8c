/** The version of what is on disk. */
import { type Database, putOperation } from './database.ts';
import { StoreSchemaError } from './errors.ts';
import { systemKey } from './keyspace.ts';

export const SCHEMA_VERSION = 1;
const SCHEMA_KEY = systemKey('schema');

/** @throws StoreSchemaError when a newer program wrote the store. Nothing was changed then. */
export async function checkSchema(database: Database): Promise<void> {
  const saved = database.get(SCHEMA_KEY);
  const version = saved === undefined ? undefined : Number(saved.toString());
  if (version === SCHEMA_VERSION) return;
  if (version !== undefined && version > SCHEMA_VERSION) {
    throw new StoreSchemaError(
      `the store has version ${version}, this program reads up to ${SCHEMA_VERSION}: update the program`,
    );
  }
  await database.write([putOperation(SCHEMA_KEY, Buffer.from(String(SCHEMA_VERSION)))]);
}
