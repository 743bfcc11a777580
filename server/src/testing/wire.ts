import type { AppErrorData, FieldErrors } from '@latchkey/shared/errors';
import { createHttpClient } from './http.ts';

export interface CallOptions {
  token?: string | undefined;
  /** Sent as `Cookie`; the cookies of the response are in `CallResponse.cookies`. */
  cookies?: Record<string, string>;
  headers?: Record<string, string>;
}

/** What came back for one call of `/trpc`, as it came over the wire. */
export interface CallResponse<Data = unknown> {
  status: number;
  headers: Headers;
  /** The result; throws with what came instead where the call failed. */
  data: Data;
  error: { message: string; data: { code: string; app?: AppErrorData; fieldErrors?: FieldErrors; stack?: string } };
  /** The application error code, undefined where there is none. */
  code: AppErrorData['code'] | undefined;
  cookies: Record<string, { value: string; attributes: string }>;
}

function readCookies(headers: Headers): CallResponse['cookies'] {
  return Object.fromEntries(
    headers.getSetCookie().map((line) => {
      const [pair = '', ...attributes] = line.split('; ');
      const [name = '', value = ''] = pair.split(/=(.*)/s);
      return [name, { value, attributes: attributes.join('; ') }];
    }),
  );
}

const cookieHeader = (cookies: Record<string, string>): string =>
  Object.entries(cookies)
    .map(([name, value]) => `${name}=${value}`)
    .join('; ');

/**
 * Calls procedures as any client would that is not ours.
 * @param isQuery tells a query, which is a GET, from a mutation
 */
export function createCall({ url, isQuery }: { url: string; isQuery: (path: string) => boolean }) {
  const send = createHttpClient(url);
  return async function call<Data = Record<string, never>>(
    path: string,
    input?: unknown,
    { token, cookies, headers }: CallOptions = {},
  ): Promise<CallResponse<Data>> {
    const asQuery = isQuery(path);
    const query = asQuery && input !== undefined ? `?input=${encodeURIComponent(JSON.stringify(input))}` : '';
    const response = await send(`/trpc/${path}${query}`, {
      method: asQuery ? 'GET' : 'POST',
      headers: {
        ...(!asQuery && { 'content-type': 'application/json' }),
        ...(token !== undefined && { authorization: `Bearer ${token}` }),
        ...(cookies && { cookie: cookieHeader(cookies) }),
        ...headers,
      },
      body: asQuery ? undefined : JSON.stringify(input),
    });
    const body = JSON.parse(response.text) as { result?: { data: Data }; error?: CallResponse['error'] };
    return {
      status: response.status,
      headers: response.headers,
      get data(): Data {
        if (!body.result) throw new Error(`${path} came back with ${response.status} ${JSON.stringify(body)}`);
        return body.result.data;
      },
      get error(): CallResponse['error'] {
        if (!body.error) throw new Error(`${path} succeeded: ${JSON.stringify(body)}`);
        return body.error;
      },
      code: body.error?.data.app?.code,
      cookies: readCookies(response.headers),
    };
  };
}
