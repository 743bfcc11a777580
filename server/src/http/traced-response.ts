import { ServerResponse } from 'node:http';
import type { RequestTrace } from '../domain/request.ts';

/** A response that remembers what the log and the metrics tell of it once it has left. */
export class TracedResponse extends ServerResponse {
  readonly startedAt = performance.now();
  readonly trace: RequestTrace = { calls: [] };
}
