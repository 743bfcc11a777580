import type { ServerResponse } from 'node:http';
import type { Logger } from '../infra/logger.ts';
import { sendJson } from './json.ts';

/** A part that `GET /readyz` asks about. */
export type ReadinessCheck = () => Promise<{ ok: boolean; [detail: string]: unknown }>;

/** `GET /healthz`: the process answers. */
export function sendHealth(response: ServerResponse): void {
  sendJson(response, 200, { status: 'ok' });
}

/** `GET /readyz`: whether the instance can serve; 503 with the failing part. */
export function createReadiness({ checks, logger }: { checks: Record<string, ReadinessCheck>; logger: Logger }) {
  return async (response: ServerResponse): Promise<void> => {
    const parts = await Promise.all(
      Object.entries(checks).map(async ([name, check]) => {
        const result = await check().catch((error: unknown) => {
          logger.warn({ err: error, part: name }, 'not ready');
          return { ok: false };
        });
        return [name, result] as const;
      }),
    );
    const ok = parts.every(([, part]) => part.ok);
    sendJson(response, ok ? 200 : 503, { status: ok ? 'ok' : 'unavailable', ...Object.fromEntries(parts) });
  };
}
