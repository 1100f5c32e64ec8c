/** Keys over HTTP: raw bytes for programs, JSON for who asks for it. */
import { VALUE_BYTES_MAX } from '../../../p2p/bounds.ts';
import type { IncomingMessage, ServerResponse } from 'node:http';
import { ApiError } from '../api-error.ts';
import type { ReadResult, Sibling, WriteResult } from '../contract.ts';
import type { Dispatch } from '../dispatch.ts';
import { readBody, sendBytes, sendJson, setSafeHeaders, type Exchange } from '../exchange.ts';
import { checkContext, checkWriteId } from '../params.ts';
import { pick, READ_QUERY, WRITE_QUERY } from '../query.ts';
import type { Route } from '../router.ts';
import { DEFAULT_CONTENT_TYPE, toContentType } from '../values.ts';

const KEY = '/v1/buckets/:bucket/keys/:key';

export function keyRoutes(dispatch: Dispatch): readonly Route[] {
  return [
    {
      method: 'GET',
      path: '/v1/buckets/:bucket/keys',
      async handle({ query, response }, args) {
        const page = pick(query, { prefix: 'text', after: 'text', limit: 'number', deleted: 'boolean' });
        sendJson(response, 200, await dispatch.call('keys', { ...args, ...page }));
      },
    },
    {
      method: 'GET',
      path: KEY,
      async handle(exchange, args) {
        sendRead(exchange, await dispatch.call('get', { ...args, ...pick(exchange.query, READ_QUERY) }));
      },
    },
    {
      method: 'PUT',
      path: KEY,
      async handle({ request, query, response }, args) {
        const options = { ...args, ...pick(query, WRITE_QUERY), ...headersOf(request) };
        const contentType = toContentType(request.headers['content-type'] ?? DEFAULT_CONTENT_TYPE);
        const body = await readBody(request, VALUE_BYTES_MAX);
        const value = { value: body.toString('base64'), encoding: 'base64', contentType };
        sendWritten(response, await dispatch.call('put', { ...options, ...value }));
      },
    },
    {
      method: 'DELETE',
      path: KEY,
      async handle({ request, query, response }, args) {
        sendWritten(response, await dispatch.call('delete', { ...args, ...pick(query, WRITE_QUERY), ...headersOf(request) }));
      },
    },
    {
      method: 'GET',
      path: `${KEY}/history`,
      async handle({ query, response }, args) {
        const result = await dispatch.call('history', { ...args, ...pick(query, { timeoutMs: 'number' }) });
        if (result.context === '' && result.versions.length === 0) throw new ApiError('NOT_FOUND', 'There is no such key.');
        sendJson(response, 200, result);
      },
    },
    {
      method: 'GET',
      path: `${KEY}/placement`,
      async handle({ response }, args) {
        sendJson(response, 200, await dispatch.call('placement', args));
      },
    },
  ];
}

/** An empty header is not an absent one: no context would turn a replace into a blind write. */
function headersOf({ headers }: IncomingMessage): { readonly context?: string; readonly writeId?: string } {
  const [context, writeId] = [headers['x-causal-context'], headers['idempotency-key']];
  return {
    ...(context !== undefined && { context: checkContext(String(context)) }),
    ...(writeId !== undefined && { writeId: checkWriteId(String(writeId)) }),
  };
}

function sendWritten(response: ServerResponse, result: WriteResult): void {
  const { hereOnly, ...body } = result;
  response.setHeader('X-Causal-Context', result.context);
  sendJson(response, hereOnly ? 202 : 200, body);
}

function sendRead({ request, response }: Exchange, result: ReadResult): void {
  if (result.context !== '') response.setHeader('X-Causal-Context', result.context);
  const [first, ...others] = result.siblings;
  if (first === undefined || result.siblings.every(({ deleted }) => deleted)) {
    throw new ApiError('NOT_FOUND', 'There is no such key.', first === undefined ? {} : { context: result.context });
  }
  response.setHeader('Vary', 'Accept');
  if (others.length > 0) sendJson(response, 300, result);
  else if (wantsJson(request.headers.accept)) sendJson(response, 200, result);
  else sendRaw(response, first, request.headers['if-none-match']);
}

/** A single value: its dot names exactly this write, so it is the ETag. */
function sendRaw(response: ServerResponse, sibling: Sibling, known: string | undefined): void {
  const tag = `"${sibling.dot}"`;
  response.setHeader('ETag', tag);
  response.setHeader('X-Written-By', sibling.writtenBy);
  response.setHeader('X-Written-At', sibling.writtenAt);
  if (known?.split(',').some((candidate) => candidate.trim() === tag) === true) {
    response.statusCode = 304;
    setSafeHeaders(response);
    response.end();
    return;
  }
  const encoding = sibling.encoding === 'utf8' ? 'utf8' : 'base64';
  sendBytes(response, 200, sibling.contentType, Buffer.from(sibling.value ?? '', encoding));
}

function wantsJson(accept: string | undefined): boolean {
  return (accept ?? '').split(',').some((part) => part.split(';')[0]?.trim().toLowerCase() === 'application/json');
}
