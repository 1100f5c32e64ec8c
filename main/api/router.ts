/** Which route a request takes. Paths are lists of segments; `:name` takes any one segment. */
import { ApiError } from './api-error.ts';
import type { Exchange } from './exchange.ts';

export type Handler = (exchange: Exchange, args: Readonly<Record<string, string>>) => Promise<void> | void;

export interface Route {
  readonly method: 'GET' | 'PUT' | 'POST' | 'DELETE';
  readonly path: string;
  readonly handle: Handler;
}

/** @throws ApiError `NOT_FOUND`, `METHOD_NOT_ALLOWED`. */
export async function route(routes: readonly Route[], exchange: Exchange): Promise<void> {
  const fitting = routes.flatMap((candidate) => {
    const args = match(candidate.path, exchange.segments);
    return args === undefined ? [] : [{ ...candidate, args }];
  });
  if (fitting.length === 0) throw new ApiError('NOT_FOUND', 'There is nothing at this address.');
  // HEAD runs as GET; node:http leaves out the body.
  const method = exchange.method === 'HEAD' ? 'GET' : exchange.method;
  const chosen = fitting.find((candidate) => candidate.method === method);
  if (chosen !== undefined) return chosen.handle(exchange, chosen.args);
  const allowed = [...new Set(fitting.map((candidate) => candidate.method))].join(', ');
  exchange.response.setHeader('Allow', allowed);
  throw new ApiError('METHOD_NOT_ALLOWED', `This address takes ${allowed}.`);
}

function match(path: string, segments: readonly string[]): Readonly<Record<string, string>> | undefined {
  const pattern = path.slice(1).split('/');
  if (pattern.length !== segments.length) return undefined;
  const args: Record<string, string> = {};
  for (const [index, part] of pattern.entries()) {
    const segment = segments[index] ?? '';
    if (part.startsWith(':')) args[part.slice(1)] = segment;
    else if (part !== segment) return undefined;
  }
  return args;
}
