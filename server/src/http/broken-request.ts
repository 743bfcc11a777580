import type { Duplex } from 'node:stream';

/** How long the rest of a refused request is read and thrown away. */
const lingerMilliseconds = 1_000;

const statusLines: Record<string, string> = {
  HPE_HEADER_OVERFLOW: '431 Request Header Fields Too Large',
  HPE_CHUNK_EXTENSIONS_OVERFLOW: '413 Payload Too Large',
  ERR_HTTP_REQUEST_TIMEOUT: '408 Request Timeout',
};

const refused = new WeakSet<Duplex>();

/**
 * Answers a request that cannot be read as HTTP. Reading on until the client has the response comes before closing: a
 * connection closed over unread bytes is reset, and the reset overtakes the response.
 */
export function refuseBrokenRequest(error: NodeJS.ErrnoException, socket: Duplex): void {
  if (refused.has(socket)) return;
  refused.add(socket);
  const { _httpMessage: response } = socket as { _httpMessage?: { headersSent: boolean } };
  if (!socket.writable || response?.headersSent) {
    socket.destroy();
    return;
  }
  socket.removeAllListeners('data').resume();
  socket.end(`HTTP/1.1 ${statusLines[error.code ?? ''] ?? '400 Bad Request'}\r\nConnection: close\r\n\r\n`);
  setTimeout(() => socket.destroy(), lingerMilliseconds).unref();
}
