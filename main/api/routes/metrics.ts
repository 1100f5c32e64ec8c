/** The metrics page, for Prometheus and those who read its text format. */
import type { Backend } from '../backend.ts';
import { sendBytes } from '../exchange.ts';
import type { Route } from '../router.ts';

export function metricsRoutes(backend: Pick<Backend, 'metrics'>): readonly Route[] {
  return [
    {
      method: 'GET',
      path: '/metrics',
      async handle({ response }) {
        const { contentType } = backend.metrics;
        sendBytes(response, 200, contentType, Buffer.from(await backend.metrics.text()));
      },
    },
  ];
}
