import type { OperationResultEnvelope, TRPCLink } from '@trpc/client';
import type { AnyTRPCRouter } from '@trpc/server';
import { observable, observableToPromise } from '@trpc/server/observable';
import type { Confirmations } from './confirmation.ts';
import { cancelled, codeOf, LatchkeyError, noResponse, toLatchkeyError, toRenewalError } from './errors.ts';
import type { SessionStateKeeper } from './session-state.ts';
import { type DeviceKeeper, type HeldTokens, isTokens } from './tokens.ts';
import type { CallContext } from './transport.ts';

export type TokenDelivery = 'body' | 'cookie';

/** Who keeps the tokens. */
export interface Tokens {
  held(): HeldTokens | undefined;
  load(): Promise<void>;
  token(refused?: string): Promise<string | undefined>;
  /** @param cause `'replacement'` where the person who was signed in goes on with these */
  keep(tokens: HeldTokens, cause: 'sign-in' | 'replacement'): unknown;
  drop(): unknown;
  /** Makes a call that ends the tokens held now and brings others. Whoever asks for a token meanwhile waits for it. */
  alone<Result>(call: () => Promise<Result>): Promise<Result>;
}

export interface LinkParts {
  tokens: Tokens;
  /** Absent where a cookie knows the device. */
  devices: DeviceKeeper | undefined;
  delivery: TokenDelivery;
  timeoutMilliseconds: number;
  /** The path of one of our procedures without the host's prefix; undefined for a procedure of the host. */
  ownPath(path: string): string | undefined;
  /** Absent where nobody is signed in. */
  confirmations?: Confirmations;
  state?: SessionStateKeeper;
}

const isRecord = (value: unknown): value is Record<string, unknown> => typeof value === 'object' && value !== null;

const replacesTokens = (path: string | undefined) => path === 'user.changePassword';

/** The input with what the client knows better than its caller: where the refresh token travels. */
function completed(path: string | undefined, input: unknown, { delivery, tokens }: LinkParts): unknown {
  if (path === 'auth.verifyOtp' && isRecord(input)) return { tokenDelivery: delivery, ...input };
  const refreshToken = tokens.held()?.refreshToken;
  if (path === 'auth.logout' && refreshToken) return { refreshToken, ...(isRecord(input) ? input : {}) };
  return input;
}

/** What a newer server may ask for where this client does not list it yet: the code counts as it came. */
const confirmationOf = (error: unknown) => {
  const app = error instanceof LatchkeyError ? error.data?.app : undefined;
  return app?.code === 'REAUTHENTICATION_REQUIRED' ? app.details : undefined;
};

/** Rejects when the signal aborts or the time is over, and tells the attempt to end. */
async function within<Result>(
  {
    signal,
    milliseconds,
    procedure,
  }: { signal: AbortSignal | null | undefined; milliseconds: number; procedure: string },
  act: (signal: AbortSignal) => Promise<Result>,
): Promise<Result> {
  if (signal?.aborted) throw noResponse(procedure, 'aborted');
  const attempt = new AbortController();
  let end: (error: Error) => void = () => {};
  const ended = new Promise<never>((_, reject) => {
    end = reject;
  });
  const onAbort = () => end(noResponse(procedure, 'aborted'));
  signal?.addEventListener('abort', onAbort);
  const timer = Number.isFinite(milliseconds)
    ? setTimeout(() => end(noResponse(procedure, 'timeout')), milliseconds)
    : undefined;
  try {
    return await Promise.race([act(attempt.signal), ended]);
  } finally {
    clearTimeout(timer);
    signal?.removeEventListener('abort', onAbort);
    attempt.abort();
  }
}

/**
 * Signs every call with the access token, renews it when it has run out or is refused (one retry), asks the person to
 * confirm where a mutation needs that (one retry; a query may be of a page that nobody looks at), and keeps what a sign-in
 * brings. What fails, fails with a `LatchkeyError`.
 */
export function authLink<Router extends AnyTRPCRouter>(
  parts: LinkParts,
  transport: TRPCLink<Router>,
): TRPCLink<Router> {
  const { tokens, devices, confirmations, state } = parts;

  return (runtime) => {
    const send = transport(runtime);

    /** Keeps what a procedure brought: tokens, the device, the end of the session. */
    async function take(path: string | undefined, { result }: OperationResultEnvelope<unknown, unknown>) {
      if (path === undefined || !('data' in result)) return;
      const { data } = result;
      if (isRecord(data) && typeof data.deviceToken === 'string') await devices?.keep(data.deviceToken);
      if (isTokens(data)) await tokens.keep(data, replacesTokens(path) ? 'replacement' : 'sign-in');
      if (path === 'auth.logout' || path === 'user.deleteAccount') await tokens.drop();
      state?.take(path, data);
    }

    return ({ op, next }) => {
      const path = parts.ownPath(op.path);
      const procedure = path ?? op.path;
      const { timeoutMilliseconds = parts.timeoutMilliseconds } = op.context as CallContext;
      const limits = { signal: op.signal, milliseconds: timeoutMilliseconds, procedure };

      async function attempt(accessToken: string | undefined) {
        const deviceToken = await devices?.token();
        const input = completed(path, op.input, parts);
        try {
          return await within(limits, (signal) =>
            observableToPromise(
              send({ op: { ...op, input, signal, context: { ...op.context, accessToken, deviceToken } }, next }),
            ),
          );
        } catch (error) {
          throw toLatchkeyError(error, procedure);
        }
      }

      async function kept(accessToken: string | undefined) {
        const envelope = await attempt(accessToken);
        await take(path, envelope);
        return envelope;
      }

      async function token(refused?: string): Promise<string | undefined> {
        try {
          return await within({ ...limits, milliseconds: Number.POSITIVE_INFINITY }, () => tokens.token(refused));
        } catch (error) {
          if (error instanceof LatchkeyError && error.procedure === procedure) throw error;
          throw toRenewalError(toLatchkeyError(error, 'auth.refresh') as LatchkeyError, procedure);
        }
      }

      /** Our `auth` procedures need no access token; signing out names the session by it when there is nothing else. */
      async function signed() {
        if (path?.startsWith('auth.')) {
          await tokens.load();
          return kept(tokens.held()?.accessToken);
        }
        const call = (accessToken: string | undefined) =>
          replacesTokens(path) ? tokens.alone(() => kept(accessToken)) : kept(accessToken);
        const first = await token();
        try {
          return await call(first);
        } catch (error) {
          const refused = first !== undefined && codeOf(error) === 'UNAUTHENTICATED';
          if (!refused) throw error;
          return call(await token(first));
        }
      }

      async function confirmed() {
        const before = confirmations?.count();
        try {
          return await signed();
        } catch (error) {
          const details = confirmationOf(error);
          if (!details || op.type !== 'mutation' || !confirmations?.isHandled()) throw error;
          if (confirmations.count() !== before) return signed();
          const asked = within({ ...limits, milliseconds: Number.POSITIVE_INFINITY }, () => confirmations.ask(details));
          if (!(await asked)) throw cancelled(procedure, error as LatchkeyError);
          return signed();
        }
      }

      return observable((observer) => {
        confirmed().then(
          (envelope) => {
            observer.next(envelope);
            observer.complete();
            state?.tell();
          },
          (error) => {
            if (codeOf(error) === 'UNAUTHENTICATED' && !tokens.held()) state?.gone();
            observer.error(error);
            state?.tell();
          },
        );
      });
    };
  };
}
