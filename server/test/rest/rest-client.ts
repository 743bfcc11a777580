import { createHttpClient } from '../../src/testing/http.ts';
import { fromNewAddress } from '../../src/testing/people.ts';
import type { TestApp } from '../../src/testing/test-app.ts';

export interface RestResponse {
  status: number;
  headers: Headers;
  /** Undefined where there is none. */
  body: unknown;
}

export interface RestOptions {
  method?: string;
  json?: unknown;
  form?: Record<string, string>;
  token?: string | undefined;
  headers?: Record<string, string>;
}

/**
 * A client that knows nothing of Latchkey but URLs.
 * @param jar whether it keeps cookies, as a browser and Python's `requests.Session` do
 */
export function createRestClient(app: Pick<TestApp, 'url'>, { jar = true }: { jar?: boolean } = {}) {
  const address = fromNewAddress();
  const sendTo = createHttpClient(app.url);
  const cookies = new Map<string, string>();

  function keepCookies(headers: Headers): void {
    for (const line of headers.getSetCookie()) {
      const [name = '', value = ''] = (line.split(';')[0] ?? '').split(/=(.*)/s);
      if (line.includes('Max-Age=0')) cookies.delete(name);
      else if (jar) cookies.set(name, value);
    }
  }

  return {
    cookies,

    async send(path: string, { method, json, form, token, headers }: RestOptions = {}): Promise<RestResponse> {
      const body = form ? new URLSearchParams(form).toString() : json === undefined ? undefined : JSON.stringify(json);
      const response = await sendTo(path, {
        method: method ?? (body === undefined ? 'GET' : 'POST'),
        headers: {
          ...address,
          ...(json !== undefined && { 'content-type': 'application/json' }),
          ...(form && { 'content-type': 'application/x-www-form-urlencoded' }),
          ...(token !== undefined && { authorization: `Bearer ${token}` }),
          ...(cookies.size > 0 && { cookie: [...cookies].map(([name, value]) => `${name}=${value}`).join('; ') }),
          ...headers,
        },
        body,
      });
      keepCookies(response.headers);
      const { status, headers: received, text } = response;
      return { status, headers: received, body: text === '' ? undefined : JSON.parse(text) };
    },
  };
}

export type RestClient = ReturnType<typeof createRestClient>;

/** Signs in as the tutorial's client does. Gives its two tokens. */
export async function signInByRest(
  app: TestApp,
  client: RestClient,
  person: { username: string; email: string; password: string },
): Promise<{ refresh: string; access: string }> {
  const { username, password } = person;
  await client.send('/api/login/', { json: { username, password } });
  const otp = await app.mail.codeFor(person);
  const { body } = await client.send('/api/verify-otp/', { json: { username, otp } });
  return body as { refresh: string; access: string };
}
