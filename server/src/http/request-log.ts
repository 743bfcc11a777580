import type { IncomingMessage } from 'node:http';
import type { AnyRouter } from '@trpc/server';
import type { Logger } from '../infra/logger.ts';
import type { Metrics } from '../infra/metrics.ts';
import type { ClientAddressOf } from './client-address.ts';
import type { TracedResponse } from './traced-response.ts';
import { routeName } from './trpc.ts';

/** The path of a request without the query, which holds the input of a call. */
export const pathOf = (request: IncomingMessage): string => request.url?.split('?')[0] ?? '/';

/**
 * Counts and logs a request once its response has left or its client has gone. Each call of a batch counts by itself.
 * @param showAddress gives the client's address as the log may show it; undefined where it may not
 */
export function createRequestLog({
  clientAddressOf,
  showAddress,
  metrics,
  router,
  logger,
}: {
  clientAddressOf: ClientAddressOf;
  showAddress: (ip: string) => string | undefined;
  metrics: Metrics;
  router: AnyRouter;
  logger: Logger;
}) {
  // The fields of its lines are those below: looking in each for what must not be shown is a third of a small request.
  const lines = logger.child({}, { redact: [] });

  return (request: IncomingMessage, response: TracedResponse): void => {
    // Before the response leaves: a client that has gone has no address any more.
    const { ip } = clientAddressOf(request);
    response.on('close', () => {
      const milliseconds = Math.round(performance.now() - response.startedAt);
      const path = pathOf(request);
      const { method } = request;
      const { statusCode: status } = response;
      const { calls, userId } = response.trace;
      if (calls.length === 0) metrics.observe(routeName(path, router), status, milliseconds / 1000);
      for (const call of calls) metrics.observe(call.procedure, call.status, milliseconds / 1000);
      if (!lines.isLevelEnabled('info')) return;
      lines.info(
        {
          requestId: response.getHeader('x-request-id'),
          method,
          path,
          status,
          milliseconds,
          aborted: !response.writableFinished,
          client: showAddress(ip),
          userId,
        },
        'request',
      );
    });
  };
}
