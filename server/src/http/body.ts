import type { IncomingMessage } from 'node:http';
import { limits } from '@latchkey/shared/limits';

/** A mark of the byte order, which the fetch standard leaves out of a text. */
const byteOrderMark = /^\ufeff/;

/** The body of a request as text; undefined where it is longer than the contract allows. Fails where the client hung up. */
export function readBody(request: IncomingMessage): Promise<{ text: string } | undefined> {
  if (Number(request.headers['content-length'] ?? 0) > limits.bodyBytes) return Promise.resolve(undefined);
  return new Promise((resolve, reject) => {
    const chunks: Buffer[] = [];
    let size = 0;
    const end = () => {
      stop();
      resolve({ text: Buffer.concat(chunks).toString().replace(byteOrderMark, '') });
    };
    const fail = () => {
      stop();
      reject(new Error('the client hung up'));
    };
    const take = (chunk: Buffer) => {
      size += chunk.length;
      if (size <= limits.bodyBytes) {
        chunks.push(chunk);
        return;
      }
      stop();
      request.pause();
      resolve(undefined);
    };
    function stop(): void {
      request.off('data', take).off('end', end).off('error', fail).off('close', fail);
    }
    request.on('data', take).on('end', end).on('error', fail).on('close', fail);
  });
}
