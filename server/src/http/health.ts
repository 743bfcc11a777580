import type { ServerResponse } from 'node:http';
import type { Logger } from '../infra/logger.ts';
import { sendJson } from './json.ts';

/** `GET /healthz`: the process answers. */
export function sendHealth(response: ServerResponse): void {
  sendJson(response, 200, { status: 'ok' });
}

/**
 * `GET /readyz`: whether the instance can serve, 503 where it cannot. That is the database alone: whether mail waits would
 * tell whoever asks for a reset or a code whether the address has an account.
 */
export function createReadiness({ pingDatabase, logger }: { pingDatabase: () => Promise<void>; logger: Logger }) {
  return async (response: ServerResponse): Promise<void> => {
    const ok = await pingDatabase().then(
      () => true,
      (error: unknown) => {
        logger.warn({ err: error }, 'not ready: the database does not answer');
        return false;
      },
    );
    sendJson(response, ok ? 200 : 503, { status: ok ? 'ok' : 'unavailable', database: { ok } });
  };
}
