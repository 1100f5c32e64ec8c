/** Export, import and watch over HTTP. */
import type { Dispatch } from '../dispatch.ts';
import { sendJson, setSafeHeaders } from '../exchange.ts';
import { toBucket, toPrefix } from '../names.ts';
import { pick } from '../query.ts';
import type { Route } from '../router.ts';
import { exportLines } from '../transfer-export.ts';
import { importLines } from '../transfer-import.ts';
import type { Watchers } from '../watch.ts';

export function transferRoutes(dispatch: Dispatch, watchers: Watchers): readonly Route[] {
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
      async handle({ query, response }) {
        const { bucket } = pick(query, { bucket: 'text' });
        const lines = exportLines(dispatch.engine(), typeof bucket === 'string' ? toBucket(bucket) : undefined);
        let next = await lines.next();
        response.setHeader('Content-Type', 'application/x-ndjson; charset=utf-8');
        setSafeHeaders(response);
        while (next.done !== true && !response.destroyed) {
          if (!response.write(next.value)) await drained(response);
          next = await lines.next();
        }
        response.end();
      },
    },
    {
      method: 'POST',
      path: '/v1/import',
      async handle({ request, query, response }) {
        const { dryRun } = pick(query, { dryRun: 'boolean' });
        sendJson(response, 200, await importLines(dispatch.engine(), request, dryRun === true));
      },
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
