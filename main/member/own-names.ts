/**
 * What people call this device, and who works at it. What somebody sets while it runs is kept in a file
 * of the data folder, beside the store: it stays when a store makes room, and in the next team. What
 * the command line or the environment says counts for this start; a person that it says is kept, too:
 * one says once who one is.
 *
 *     device   --name, else as it was set, else the host name
 *     person   --person ("" = nobody), else as it was set, else nobody
 */
import { join } from 'node:path';
import * as v from 'valibot';
import { MEMBER_NAME_BYTES_MAX } from '../../p2p/bounds.ts';
import { isPersonName } from '../../p2p/index.ts';
import { writeDurably } from '../../p2p/libp2p/durable-file.ts';
import { isTitle } from '../api/names.ts';
import { readIfThere } from './data-dir.ts';
import type { StartOptions } from './options.ts';

const NAMES_FILE = 'names.json';
const form = v.object({
  name: v.exactOptional(v.pipe(v.string(), v.check((text) => isTitle(text, MEMBER_NAME_BYTES_MAX)))),
  person: v.exactOptional(v.pipe(v.string(), v.check(isPersonName))),
});

/** As somebody set them. */
type Kept = v.InferOutput<typeof form>;

export interface Names {
  readonly name: string;
  readonly person: string | undefined;
}

/** What is left out stays as it is; `null`: nobody. */
export interface NameChange {
  readonly name?: string;
  readonly person?: string | null;
}

export class OwnNames {
  readonly #path: string;
  #kept: Kept;
  #now: Names;

  private constructor(path: string, kept: Kept, now: Names) {
    this.#path = path;
    this.#kept = kept;
    this.#now = now;
  }

  static async open(dataDir: string, start: Pick<StartOptions, 'name' | 'isNamed' | 'person'>): Promise<OwnNames> {
    const path = join(dataDir, NAMES_FILE);
    const kept = keptIn(await readIfThere(path));
    const name = start.isNamed ? start.name : (kept.name ?? start.name);
    const names = new OwnNames(path, kept, { name, person: kept.person });
    if (start.person !== undefined) await names.keep({ person: start.person });
    return names;
  }

  get now(): Names {
    return this.#now;
  }

  /** How they will be with this change. */
  with({ name = this.#now.name, person }: NameChange): Names {
    return { name, person: person === undefined ? this.#now.person : (person ?? undefined) };
  }

  /** From now on, and at later starts once this resolves. */
  async keep(change: NameChange): Promise<void> {
    this.#now = this.with(change);
    const { person } = this.#now;
    const name = change.name ?? this.#kept.name;
    const kept = { ...(name !== undefined && { name }), ...(person !== undefined && { person }) };
    if (kept.name === this.#kept.name && kept.person === this.#kept.person) return;
    await writeDurably(this.#path, Buffer.from(`${JSON.stringify(kept)}\n`));
    this.#kept = kept;
  }
}

/** A file that cannot be read costs the names, not the start. */
function keptIn(bytes: Uint8Array | undefined): Kept {
  if (bytes === undefined) return {};
  try {
    return v.parse(form, JSON.parse(Buffer.from(bytes).toString('utf8')));
  } catch {
    return {};
  }
}
