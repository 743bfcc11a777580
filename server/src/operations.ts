import { timingSafeEqual } from 'node:crypto';
import type { IncomingMessage, ServerResponse } from 'node:http';
import { answerJson } from './answer-json.ts';
import type { Logger } from './infra/logger.ts';
import type { Metrics } from './infra/metrics.ts';
import { isLoopback } from './loopback.ts';

/** A part that `GET /readyz` asks about. */
export type ReadinessCheck = () => Promise<{ ok: boolean; [detail: string]: unknown }>;

function sameToken(given: string | undefined, expected: string): boolean {
  const [a, b] = [Buffer.from(given ?? ''), Buffer.from(`Bearer ${expected}`)];
  return a.length === b.length && timingSafeEqual(a, b);
}

/**
 * What those who run Latchkey ask: `/healthz` (the process answers), `/readyz` (it can serve; 503 with the failing part)
 * and `/metrics` for Prometheus, with `METRICS_TOKEN` as bearer token, or without one set on this machine only.
 * @param local whether the server listens on a loopback address
 */
export function createOperations({
  readiness,
  metrics,
  metricsToken,
  local,
  logger,
}: {
  readiness: Record<string, ReadinessCheck>;
  metrics: Metrics;
  metricsToken: string | undefined;
  local: boolean;
  logger: Logger;
}) {
  async function answerReadiness(response: ServerResponse): Promise<void> {
    const parts = await Promise.all(
      Object.entries(readiness).map(async ([name, check]) => {
        const result = await check().catch((error: unknown) => {
          logger.warn({ err: error, part: name }, 'not ready');
          return { ok: false };
        });
        return [name, result] as const;
      }),
    );
    const ok = parts.every(([, part]) => part.ok);
    answerJson(response, ok ? 200 : 503, { status: ok ? 'ok' : 'unavailable', ...Object.fromEntries(parts) });
  }

  /** A proxy on this machine calls from loopback too, and passes on where it was called from. */
  const mayReadMetrics = ({ headers }: IncomingMessage) =>
    metricsToken === undefined
      ? local && isLoopback(headers.host) && headers['x-forwarded-for'] === undefined
      : sameToken(headers.authorization, metricsToken);

  async function answerMetrics(request: IncomingMessage, response: ServerResponse): Promise<void> {
    if (!mayReadMetrics(request)) {
      answerJson(response, 404, { error: 'Not found' });
      return;
    }
    try {
      const text = await metrics.read();
      response.writeHead(200, { 'content-type': metrics.contentType, 'cache-control': 'no-store' }).end(text);
    } catch (error) {
      logger.warn({ err: error }, 'metrics could not be read');
      answerJson(response, 503, { error: 'Not available' });
    }
  }

  const answers: Record<string, (request: IncomingMessage, response: ServerResponse) => unknown> = {
    '/healthz': (_request, response) => answerJson(response, 200, { status: 'ok' }),
    '/readyz': (_request, response) => answerReadiness(response),
    '/metrics': answerMetrics,
  };

  return {
    observe: metrics.observe,

    /** Gives false where the path is none of these. */
    handle(request: IncomingMessage, response: ServerResponse, path: string): boolean {
      if (!Object.hasOwn(answers, path)) return false;
      void answers[path]?.(request, response);
      return true;
    },
  };
}

export type Operations = ReturnType<typeof createOperations>;
