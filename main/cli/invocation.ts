/** One command line, taken apart: the command, what follows it, its options. */
import { parseArgs } from 'node:util';
import { dataDirOf } from '../member/options.ts';
import { CliError } from './exit-codes.ts';
import { memberClient, type MemberClient } from './member-client.ts';

const OPTIONS = {
  'data-dir': { type: 'string' },
  json: { type: 'boolean' },
  file: { type: 'string' },
  type: { type: 'string' },
  context: { type: 'string' },
  w: { type: 'string' },
  r: { type: 'string' },
  sloppy: { type: 'string' },
  'timeout-ms': { type: 'string' },
  take: { type: 'string' },
  prefix: { type: 'string' },
  after: { type: 'string' },
  limit: { type: 'string' },
  bucket: { type: 'string' },
  'expires-in-s': { type: 'string' },
  'dry-run': { type: 'boolean' },
  deleted: { type: 'boolean' },
  force: { type: 'boolean' },
  forget: { type: 'boolean' },
  words: { type: 'boolean' },
  list: { type: 'boolean' },
  withdraw: { type: 'string' },
  name: { type: 'string' },
  person: { type: 'string' },
} as const;

export type OptionName = Exclude<keyof typeof OPTIONS, 'json' | 'dry-run' | 'deleted' | 'force' | 'forget' | 'words' | 'list'>;

export interface Invocation {
  readonly dataDir: string;
  readonly client: MemberClient;
  readonly words: readonly string[];
  /** `--words`: those of the members. */
  readonly memberWords: boolean;
  readonly list: boolean;
  readonly json: boolean;
  readonly dryRun: boolean;
  readonly deleted: boolean;
  readonly force: boolean;
  readonly forget: boolean;
  option(name: OptionName): string | undefined;
  /** @throws CliError (exit 1) with the usage. */
  word(index: number, what: string): string;
  out(text: string | Uint8Array): void;
}

/** @throws CliError (exit 1). */
export function invocationOf(argv: readonly string[], env: NodeJS.ProcessEnv): Invocation {
  const { values, positionals } = parse(argv);
  const dataDir = dataDirOf(values['data-dir'] ?? (env['RINGLEAF_DATA_DIR'] || undefined), env);
  return {
    dataDir,
    client: memberClient(dataDir),
    words: positionals,
    memberWords: values.words ?? false,
    list: values.list ?? false,
    json: values.json ?? false,
    dryRun: values['dry-run'] ?? false,
    deleted: values.deleted ?? false,
    force: values.force ?? false,
    forget: values.forget ?? false,
    option: (name) => values[name],
    word(index, what) {
      const word = positionals[index];
      if (word === undefined) throw new CliError(1, `${what} is missing`);
      return word;
    },
    out: (text) => void process.stdout.write(text),
  };
}

function parse(argv: readonly string[]): ReturnType<typeof parseArgs<{ options: typeof OPTIONS; allowPositionals: true }>> {
  try {
    return parseArgs({ args: [...argv], options: OPTIONS, allowPositionals: true, strict: true });
  } catch (error) {
    throw new CliError(1, error instanceof Error ? (error.message.split('. ')[0] ?? '') : String(error));
  }
}
