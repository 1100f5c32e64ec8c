/** Query parameters as the calls want them. A parameter given twice or half is refused. */
import { ApiError } from './api-error.ts';

type Kind = 'text' | 'number' | 'boolean' | 'quorum';

/** The named parameters that are there, converted. @throws ApiError `BAD_REQUEST`. */
export function pick(query: URLSearchParams, kinds: Readonly<Record<string, Kind>>): Record<string, unknown> {
  const picked: Record<string, unknown> = {};
  for (const [name, kind] of Object.entries(kinds)) {
    const [text, ...more] = query.getAll(name);
    if (text === undefined) continue;
    if (more.length > 0) throw new ApiError('BAD_REQUEST', `${name}: given more than once`);
    picked[name] = convert(name, kind, text);
  }
  return picked;
}

export const READ_QUERY = { r: 'quorum', sloppy: 'boolean', timeoutMs: 'number' } as const;
export const WRITE_QUERY = { w: 'quorum', sloppy: 'boolean', timeoutMs: 'number' } as const;

function convert(name: string, kind: Kind, text: string): unknown {
  switch (kind) {
    case 'text':
      return text;
    case 'number':
      return toNumber(name, text);
    case 'quorum':
      return /^\d/.test(text) ? toNumber(name, text) : text;
    case 'boolean':
      if (text === 'true' || text === '1') return true;
      if (text === 'false' || text === '0') return false;
      throw new ApiError('BAD_REQUEST', `${name}: true or false`);
  }
}

function toNumber(name: string, text: string): number {
  if (/^\d{1,10}$/.test(text)) return Number(text);
  throw new ApiError('BAD_REQUEST', `${name}: not a number`);
}
