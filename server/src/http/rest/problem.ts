import { type ServerResponse, STATUS_CODES } from 'node:http';

/** A response that is no success: what is sent as its body, and as what. */
export interface Refusal {
  status: number;
  body: object;
  contentType: string;
  headers?: Record<string, string>;
}

/** What a problem is called where no procedure ran: tRPC's own names. */
const transportCodes: Record<number, string> = {
  400: 'BAD_REQUEST',
  404: 'NOT_FOUND',
  405: 'METHOD_NOT_SUPPORTED',
  413: 'PAYLOAD_TOO_LARGE',
  415: 'UNSUPPORTED_MEDIA_TYPE',
  500: 'INTERNAL',
};

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

export const refuse = (status: number, detail: string, headers?: Record<string, string>): RefusedRequest =>
  new RefusedRequest({
    ...problem(status, transportCodes[status] ?? 'BAD_REQUEST', detail),
    ...(headers && { headers }),
  });

/** Ends a response with a refusal, which no cache may keep. */
export function sendRefusal(response: ServerResponse, { status, body, contentType, headers }: Refusal): void {
  response.writeHead(status, { 'content-type': contentType, ...headers });
  response.end(JSON.stringify(body));
}
