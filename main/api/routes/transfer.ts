/** Export, import and watch over HTTP. */
import { ApiError } from '../api-error.ts';
import type { Dispatch } from '../dispatch.ts';
import { sendJson, setSafeHeaders } from '../exchange.ts';
import { toBucket, toPrefix } from '../names.ts';
import { pick } from '../query.ts';
import type { Route } from '../router.ts';
import { exportLines } from '../transfer-export.ts';
import { importLines } from '../transfer-import.ts';
import type { Watchers } from '../watch.ts';

/** Exports and imports at once: an import may hold a line of 136 MiB. */
const TRANSFERS_MAX = 4;

export function transferRoutes(dispatch: Dispatch, watchers: Watchers): readonly Route[] {
  let underWay = 0;
  const inTurn = async (transfer: () => Promise<void>): Promise<void> => {
    if (underWay >= TRANSFERS_MAX) throw new ApiError('OVERLOADED', 'Too many exports and imports at once; try again.');
    underWay += 1;
    try {
      await transfer();
    } finally {
      underWay -= 1;
    }
  };
  return [
    {
      method: 'GET',
      path: '/v1/watch',
      handle({ query, response }) {
        const { bucket, prefix } = pick(query, { bucket: 'text', prefix: 'text' });
        watchers.add(response, {
          bucket: typeof bucket === 'string' ? toBucket(bucket) : undefined,
          prefix: typeof prefix === 'string' ? toPrefix(prefix) : '',
        });
      },
    },
    {
      method: 'GET',
      path: '/v1/export',
      handle: ({ query, response }) => inTurn(async () => {
        const { bucket } = pick(query, { bucket: 'text' });
        const lines = exportLines(dispatch.engine(), typeof bucket === 'string' ? toBucket(bucket) : undefined);
        let next = await lines.next();
        response.setHeader('Content-Type', 'application/x-ndjson; charset=utf-8');
        setSafeHeaders(response);
        while (next.done !== true && !response.destroyed) {
          if (!response.write(next.value.text)) await drained(response);
          next = await lines.next();
        }
        response.end();
      }),
    },
    {
      method: 'POST',
      path: '/v1/import',
      handle: ({ request, query, response }) => inTurn(async () => {
        const { dryRun } = pick(query, { dryRun: 'boolean' });
        sendJson(response, 200, await importLines(dispatch.engine(), request, dryRun === true));
      }),
    },
  ];
}

/** Resolves when the reader has caught up or gone. */
function drained(response: NodeJS.WritableStream): Promise<void> {
  return new Promise((resolve) => {
    response.once('drain', resolve);
    response.once('close', resolve);
  });
}
