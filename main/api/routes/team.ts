/** The team, its members, its ring and its buckets over HTTP. */
import type { IncomingMessage } from 'node:http';
import { ApiError } from '../api-error.ts';
import type { CallName } from '../contract.ts';
import type { Dispatch } from '../dispatch.ts';
import { readJson, sendJson } from '../exchange.ts';
import { pick } from '../query.ts';
import type { Route } from '../router.ts';

const JSON_BYTES_MAX = 64 * 1024;

export function teamRoutes(dispatch: Dispatch): readonly Route[] {
  return [
    reads('/v1/status', 'status'),
    reads('/v1/members', 'members'),
    reads('/v1/ring', 'ring'),
    reads('/v1/doctor', 'doctor'),
    reads('/v1/activity', 'activity', { after: 'number', limit: 'number' }),
    reads('/v1/merging', 'merging'),
    reads('/v1/buckets', 'buckets'),
    reads('/v1/buckets/:bucket', 'getBucket'),
    reads('/v1/conflicts', 'conflicts', { bucket: 'text', after: 'text', limit: 'number' }),
    writes('PUT', '/v1/buckets/:bucket', 'setBucket'),
    writes('PUT', '/v1/key-protection', 'protectKey'),
    writes('PUT', '/v1/names', 'rename'),
    writes('POST', '/v1/team', 'createTeam'),
    reads('/v1/invites', 'invites'),
    writes('POST', '/v1/invites', 'invite'),
    writes('DELETE', '/v1/invites/:inviteId', 'withdrawInvite'),
    writes('POST', '/v1/invites/read', 'readInvite'),
    writes('POST', '/v1/join', 'join'),
    writes('POST', '/v1/members/:member/remove', 'removeMember'),
    writes('POST', '/v1/dial', 'dial'),
    writes('POST', '/v1/dial/forget', 'forgetAddress'),
    {
      method: 'POST',
      path: '/v1/leave',
      async handle({ request, response }) {
        const left = await dispatch.call('leave', await readFields(request));
        sendJson(response, left.status === 'left' ? 200 : 202, left);
      },
    },
    {
      method: 'POST',
      path: '/v1/repair',
      async handle({ query, response }) {
        sendJson(response, 200, await dispatch.call('repair', pick(query, { bucket: 'text' })));
      },
    },
  ];

  function reads(path: string, call: CallName, query: Readonly<Record<string, 'text' | 'number'>> = {}): Route {
    return {
      method: 'GET',
      path,
      async handle(exchange, args) {
        sendJson(exchange.response, 200, await dispatch.call(call, { ...pick(exchange.query, query), ...args }));
      },
    };
  }

  function writes(method: 'PUT' | 'POST' | 'DELETE', path: string, call: CallName): Route {
    return {
      method,
      path,
      async handle({ request, response }, args) {
        sendJson(response, 200, await dispatch.call(call, { ...(await readFields(request)), ...args }));
      },
    };
  }
}

/** A JSON object. @throws ApiError `BAD_REQUEST`. */
async function readFields(request: IncomingMessage): Promise<object> {
  const body = await readJson(request, JSON_BYTES_MAX);
  if (typeof body === 'object' && body !== null && !Array.isArray(body)) return body;
  throw new ApiError('BAD_REQUEST', 'The body is a JSON object.');
}
