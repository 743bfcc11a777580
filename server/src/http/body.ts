import type { IncomingMessage } from 'node:http';
import { limits } from '@latchkey/shared/limits';

/** The body of a request as text; undefined where it is longer than the contract allows. Fails where the client hung up. */
export async function readBody(request: IncomingMessage): Promise<{ text: string } | undefined> {
  if (Number(request.headers['content-length'] ?? 0) > limits.bodyBytes) return undefined;
  const chunks: Buffer[] = [];
  let size = 0;
  for await (const chunk of request.iterator({ destroyOnReturn: false }) as AsyncIterable<Buffer>) {
    size += chunk.length;
    if (size > limits.bodyBytes) return undefined;
    chunks.push(chunk);
  }
  return { text: Buffer.concat(chunks).toString() };
}
