import { type IncomingHttpHeaders, request } from 'node:http';
import { connect } from 'node:net';
import { expect } from 'vitest';
import type { TestApp } from '../src/testing/test-app.ts';
import type { CallResponse } from '../src/testing/wire.ts';

export interface RawResponse {
  status: number;
  headers: IncomingHttpHeaders;
  text: string;
  /** The error of a single call, where it is one. */
  error: CallResponse['error'] | undefined;
}

export interface RawRequest {
  method?: string;
  headers?: Record<string, string>;
  body?: string | Buffer;
}

function errorIn(text: string): CallResponse['error'] | undefined {
  try {
    const parsed: { error?: CallResponse['error'] } | null = JSON.parse(text);
    return typeof parsed?.error === 'object' ? parsed.error : undefined;
  } catch {
    return undefined;
  }
}

/** One request on a connection of its own, with every header as given: `fetch` lets nobody set `Host`. */
export function send(
  { port }: Pick<TestApp, 'port'>,
  path: string,
  { method = 'GET', headers = {}, body }: RawRequest = {},
): Promise<RawResponse> {
  return new Promise((resolve, reject) => {
    const outgoing = request({ host: '127.0.0.1', port, path, method, headers, agent: false }, (response) => {
      const chunks: Buffer[] = [];
      response.on('data', (chunk: Buffer) => chunks.push(chunk));
      response.on('error', reject);
      response.on('end', () => {
        const text = Buffer.concat(chunks).toString();
        resolve({ status: response.statusCode ?? 0, headers: response.headers, text, error: errorIn(text) });
      });
    });
    outgoing.on('error', reject);
    outgoing.end(body);
  });
}

/** Posts JSON as it stands, valid or not. */
export const postJson = (
  app: Pick<TestApp, 'port'>,
  path: string,
  body: string,
  headers: Record<string, string> = {},
) => send(app, path, { method: 'POST', headers: { 'content-type': 'application/json', ...headers }, body });

/** Writes bytes to the port and reads until the server hangs up. */
export function exchange({ port }: Pick<TestApp, 'port'>, bytes: string): Promise<string> {
  return new Promise((resolve, reject) => {
    const socket = connect(port, '127.0.0.1', () => socket.write(bytes));
    let answer = '';
    socket.setEncoding('utf8');
    socket.on('data', (text: string) => {
      answer += text;
    });
    socket.on('error', reject);
    socket.on('close', () => resolve(answer));
  });
}

/** No answer shows where in the code it was made, or with what. */
export function expectNoInsides(text: string): void {
  expect(text).not.toMatch(/node_modules|\.ts:\d|\.js:\d|\n\s+at |"stack"|mongo|bcrypt/i);
}
