import { type ServerResponse, STATUS_CODES } from 'node:http';
import { limits } from '@latchkey/shared/limits';

/** A response that is no success: what is sent as its body, and as what. */
export interface Refusal {
  status: number;
  body: object;
  contentType: string;
  headers?: Record<string, string>;
}

/** What is refused before a procedure runs. The codes are tRPC's own names. */
export const transportRefusals = {
  broken: { status: 400, code: 'BAD_REQUEST', detail: 'The body is no JSON object.' },
  unknown: { status: 404, code: 'NOT_FOUND', detail: 'There is nothing here.' },
  method: { status: 405, code: 'METHOD_NOT_SUPPORTED', detail: 'This is not for this method.' },
  tooLong: { status: 413, code: 'PAYLOAD_TOO_LARGE', detail: `Send at most ${limits.bodyBytes} bytes.` },
  type: {
    status: 415,
    code: 'UNSUPPORTED_MEDIA_TYPE',
    detail: 'Send application/json or application/x-www-form-urlencoded.',
  },
} as const;

/**
 * A problem (RFC 9457) with a `code` that a program can switch over.
 * @param more further members, as `retryAfterSeconds`
 */
export const problem = (status: number, code: string, detail: string, more: object = {}): Refusal => ({
  status,
  contentType: 'application/problem+json',
  body: { ...more, type: 'about:blank', title: STATUS_CODES[status] ?? 'Error', status, detail, code },
});

/** A refusal as the server of the tutorial has it. */
export const plain = (status: number, body: object): Refusal => ({ status, body, contentType: 'application/json' });

/** Thrown where a request is refused before a procedure runs. */
export class RefusedRequest extends Error {
  readonly refusal: Refusal;

  constructor(refusal: Refusal) {
    super(`refused with ${refusal.status}`);
    this.refusal = refusal;
  }
}

export function refuse(what: keyof typeof transportRefusals, headers: Record<string, string> = {}): RefusedRequest {
  const { status, code, detail } = transportRefusals[what];
  return new RefusedRequest({ ...problem(status, code, detail), headers });
}

/** Ends a response with a refusal, which no cache may keep. */
export function sendRefusal(response: ServerResponse, { status, body, contentType, headers }: Refusal): void {
  response.writeHead(status, { 'content-type': contentType, ...headers });
  response.end(JSON.stringify(body));
}
