import { Agent, request } from 'node:http';

/** Long before the server ends an idle connection, which a request could meet on its way. */
const idleMilliseconds = 2_000;

export interface HttpRequest {
  method: string;
  headers: Record<string, string>;
  body?: string | undefined;
}

export interface HttpResponse {
  status: number;
  headers: Headers;
  text: string;
}

function readHeaders(raw: readonly string[]): Headers {
  const headers = new Headers();
  for (let index = 0; index < raw.length; index += 2) headers.append(`${raw[index]}`, `${raw[index + 1]}`);
  return headers;
}

/**
 * One request after the other, and many at once, on connections that are kept: what `fetch` does for a third of the work.
 * @param url of the server, without a path
 */
export function createHttpClient(url: string) {
  const agent = new Agent({ keepAlive: true, timeout: idleMilliseconds });
  return (path: string, { method, headers, body }: HttpRequest): Promise<HttpResponse> =>
    new Promise((resolve, reject) => {
      const options = { method, agent, headers: { 'user-agent': 'node', ...headers } };
      const outgoing = request(`${url}${path}`, options, (response) => {
        const chunks: Buffer[] = [];
        response.on('data', (chunk: Buffer) => chunks.push(chunk));
        response.on('error', reject);
        response.on('end', () =>
          resolve({
            status: response.statusCode ?? 0,
            headers: readHeaders(response.rawHeaders),
            text: Buffer.concat(chunks).toString(),
          }),
        );
      });
      outgoing.on('error', reject);
      // Bytes: a text would take the headers with it into UTF-8.
      outgoing.end(body === undefined ? undefined : Buffer.from(body));
    });
}
