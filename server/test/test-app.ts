import { randomBytes } from 'node:crypto';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { CaughtMail } from '@latchkey/shared/caught-mail';
import { appErrorDetails } from '@latchkey/shared/error-details';
import type { AppErrorData, FieldErrors } from '@latchkey/shared/errors';
import { procedureErrors } from '@latchkey/shared/procedure-errors';
import { inject } from 'vitest';
import { startApp } from '../src/app.ts';
import { loadConfig } from '../src/config.ts';
import type { Hasher } from '../src/domain/passwords.ts';
import type { RequestInfo } from '../src/domain/request.ts';
import { createLogger } from '../src/infra/logger.ts';
import { createSystem, type System } from '../src/infra/system.ts';

/** Long enough for any mail on a busy machine; nothing waits for it but a test that is about to fail. */
const mailWaitMilliseconds = 10_000;

/** The machine's chance and a clock that stands still until a test moves it. */
function createTestSystem() {
  let now = Date.now();
  return {
    ...createSystem(),
    now: () => new Date(now),
    advance(seconds: number) {
      now += seconds * 1000;
    },
  } satisfies System & { advance(seconds: number): void };
}

export interface CallOptions {
  token?: string | undefined;
  /** Sent as `Cookie`; the cookies of the answer are in `Answer.cookies`. */
  cookies?: Record<string, string>;
  headers?: Record<string, string>;
}

/** One answer of `/trpc`, as it came over the wire. */
export interface Answer<Data = unknown> {
  status: number;
  headers: Headers;
  /** The result; throws with what came instead where the call failed. */
  data: Data;
  error: { message: string; data: { code: string; app?: AppErrorData; fieldErrors?: FieldErrors; stack?: string } };
  /** The application error code, undefined where there is none. */
  code: AppErrorData['code'] | undefined;
  cookies: Record<string, { value: string; attributes: string }>;
}

const queries = new Set(['user.me', 'user.listActivity', 'session.list']);

/** Throws where a procedure refused with a code that `procedureErrors` does not list for it, or with other details. */
export function assertListedErrors(log: readonly string[]): void {
  const codes: Record<string, readonly string[]> = procedureErrors;
  const schemas: Partial<Record<string, { safeParse(details: unknown): { success: boolean } }>> = appErrorDetails;
  for (const line of log.filter((entry) => entry.includes('"msg":"refused"'))) {
    const { procedure, code, details } = JSON.parse(line) as { procedure: string; code: string; details?: unknown };
    const schema = schemas[code];
    const asListed = schema ? schema.safeParse(details).success : details === undefined;
    if (!codes[procedure]?.includes(code)) throw new Error(`${procedure} threw ${code}: list it in procedureErrors`);
    if (!asListed) throw new Error(`${procedure} threw ${code} with other details than listed: ${line}`);
  }
}

function readCookies(headers: Headers): Answer['cookies'] {
  return Object.fromEntries(
    headers.getSetCookie().map((line) => {
      const [pair = '', ...attributes] = line.split('; ');
      const [name = '', value = ''] = pair.split(/=(.*)/s);
      return [name, { value, attributes: attributes.join('; ') }];
    }),
  );
}

/**
 * The whole product on free ports: own database, own clock, real HTTP, real SMTP into the built-in mailbox.
 * @param env settings beside those of the tests
 * @param hasher computes hashes in bcrypt's place
 */
export async function startTestApp(env: Record<string, string> = {}, hasher?: Hasher) {
  const dataDir = await mkdtemp(join(tmpdir(), 'latchkey-app-'));
  const system = createTestSystem();
  const log: string[] = [];
  const config = loadConfig({
    NODE_ENV: 'test',
    PORT: '0',
    DATA_DIR: dataDir,
    MONGODB_URI: `${inject('mongodbUri')}/t_${randomBytes(6).toString('hex')}`,
    AUTH_SECRETS: randomBytes(32).toString('hex'),
    BCRYPT_COST: '4',
    TRUST_PROXY: '1',
    LOG_LEVEL: 'trace',
    ...env,
  });
  const logger = createLogger(config.logLevel, { write: (line: string) => void log.push(line) });
  const app = await startApp(config, { system, logger, hasher });
  const url = `http://127.0.0.1:${app.port}`;

  /** Calls one procedure as any client would. */
  async function call<Data = Record<string, never>>(
    path: string,
    input?: unknown,
    { token, cookies, headers }: CallOptions = {},
  ): Promise<Answer<Data>> {
    const isQuery = queries.has(path);
    const query = isQuery && input !== undefined ? `?input=${encodeURIComponent(JSON.stringify(input))}` : '';
    const response = await fetch(`${url}/trpc/${path}${query}`, {
      method: isQuery ? 'GET' : 'POST',
      headers: {
        ...(!isQuery && { 'content-type': 'application/json' }),
        ...(token !== undefined && { authorization: `Bearer ${token}` }),
        ...(cookies && {
          cookie: Object.entries(cookies)
            .map(([name, value]) => `${name}=${value}`)
            .join('; '),
        }),
        ...headers,
      },
      ...(!isQuery && input !== undefined && { body: JSON.stringify(input) }),
    });
    const body = (await response.json()) as { result?: { data: Data }; error?: Answer['error'] };
    return {
      status: response.status,
      headers: response.headers,
      get data(): Data {
        if (!body.result) throw new Error(`${path} answered ${response.status} ${JSON.stringify(body)}`);
        return body.result.data;
      },
      get error(): Answer['error'] {
        if (!body.error) throw new Error(`${path} succeeded: ${JSON.stringify(body)}`);
        return body.error;
      },
      code: body.error?.data.app?.code,
      cookies: readCookies(response.headers),
    };
  }

  /** The first mail that fits, caught already or still to come. */
  async function waitForMail(fits: (mail: CaughtMail) => boolean): Promise<CaughtMail> {
    const { mailbox } = app;
    if (!mailbox) throw new Error('this app sends its mail elsewhere');
    const caught = mailbox.list().find(fits);
    if (caught) return caught;
    const { promise, resolve, reject } = withResolvers<CaughtMail>();
    const timer = setTimeout(
      () => reject(new Error(`no such mail among: ${mailbox.list().map((mail) => `${mail.to} ${mail.subject}`)}`)),
      mailWaitMilliseconds,
    );
    const unsubscribe = mailbox.subscribe((mail) => fits(mail) && resolve(mail));
    try {
      return await promise;
    } finally {
      clearTimeout(timer);
      unsubscribe();
    }
  }

  return {
    ...app,
    url,
    origin: `http://localhost:${app.port}`,
    system,
    logger,
    log,
    call,
    waitForMail,
    [Symbol.asyncDispose]: async () => {
      await app.connection.dropDatabase().catch(() => undefined);
      await app.close();
      await rm(dataDir, { recursive: true, force: true });
      assertListedErrors(log);
    },
  };
}

export type TestApp = Awaited<ReturnType<typeof startTestApp>>;

function withResolvers<Value>() {
  let resolve: (value: Value) => void = () => {};
  let reject: (reason: Error) => void = () => {};
  const promise = new Promise<Value>((onResolve, onReject) => {
    resolve = onResolve;
    reject = onReject;
  });
  return { promise, resolve, reject };
}

/** Who calls, for procedures that are called without HTTP. */
export function testRequest(app: TestApp, overrides: Partial<RequestInfo> = {}): RequestInfo {
  const cookies = new Map<string, string>();
  return {
    id: 'test',
    logger: app.logger,
    ip: '198.51.100.7',
    network: '198.51.100.7',
    userAgent: 'vitest',
    origin: app.origin,
    bearer: undefined,
    locale: 'en',
    cookies: { get: (name) => cookies.get(name), set: (name, value) => void cookies.set(name, value) },
    retryAfter: () => {},
    ...overrides,
  };
}
