import { timingSafeEqual } from 'node:crypto';
import type { IncomingMessage, ServerResponse } from 'node:http';
import type { Logger } from '../infra/logger.ts';
import type { Metrics } from '../infra/metrics.ts';
import { sendJson } from './json.ts';
import { isFromHere } from './loopback.ts';

function sameToken(given: string | undefined, expected: string): boolean {
  const [a, b] = [Buffer.from(given ?? ''), Buffer.from(`Bearer ${expected}`)];
  return a.length === b.length && timingSafeEqual(a, b);
}

/**
 * `GET /metrics` for Prometheus: with the token as bearer token, or without one set on this machine only.
 * @param local whether the server listens on a loopback address
 */
export function createMetricsPage({
  metrics,
  token,
  local,
  logger,
}: {
  metrics: Metrics;
  token: string | undefined;
  local: boolean;
  logger: Logger;
}) {
  const mayRead = (request: IncomingMessage) =>
    token === undefined ? local && isFromHere(request) : sameToken(request.headers.authorization, token);

  return async (request: IncomingMessage, response: ServerResponse): Promise<void> => {
    if (!mayRead(request)) {
      sendJson(response, 404, { error: 'Not found' });
      return;
    }
    try {
      const text = await metrics.read();
      response.writeHead(200, { 'content-type': metrics.contentType, 'cache-control': 'no-store' }).end(text);
    } catch (error) {
      logger.warn({ err: error }, 'metrics could not be read');
      sendJson(response, 503, { error: 'Not available' });
    }
  };
}
