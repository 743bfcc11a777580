import type { AppRouter } from '@latchkey/server';
import type { Operation, TRPCLink } from '@trpc/client';
import { observable } from '@trpc/server/observable';
import { codeOf } from './errors.ts';
import type { HeldTokens, TokenKeeper } from './tokens.ts';

export type TokenDelivery = 'body' | 'cookie';

const isRecord = (value: unknown): value is Record<string, unknown> => typeof value === 'object' && value !== null;

function isTokens(value: unknown): value is HeldTokens {
  return isRecord(value) && typeof value.accessToken === 'string' && typeof value.accessTokenExpiresAt === 'string';
}

/** The input with what the client knows better than its caller: where the refresh token travels. */
function completed({ path, input }: Operation, delivery: TokenDelivery, tokens: TokenKeeper): unknown {
  if (path === 'auth.verifyOtp' && isRecord(input)) return { tokenDelivery: delivery, ...input };
  const refreshToken = tokens.held()?.refreshToken;
  if (refreshToken && (path === 'auth.logout' || path === 'auth.refresh')) {
    return { refreshToken, ...(isRecord(input) ? input : {}) };
  }
  return input;
}

/** Signs every call with the access token, renews it when refused (one retry), and keeps what a sign-in brings. */
export function authLink(tokens: TokenKeeper, delivery: TokenDelivery): TRPCLink<AppRouter> {
  return () =>
    ({ op, next }) =>
      observable((observer) => {
        let cancelled = false;
        let unsubscribe = () => {};

        function send(accessToken: string | undefined, onRefused?: (accessToken: string) => void) {
          if (cancelled) return;
          const input = completed(op, delivery, tokens);
          const subscription = next({ ...op, input, context: { ...op.context, accessToken } }).subscribe({
            next(envelope) {
              if ('data' in envelope.result && op.path.startsWith('auth.')) {
                if (isTokens(envelope.result.data)) tokens.keep(envelope.result.data);
                if (op.path === 'auth.logout') tokens.drop();
              }
              observer.next(envelope);
            },
            error(error) {
              if (accessToken && onRefused && codeOf(error) === 'UNAUTHENTICATED') onRefused(accessToken);
              else observer.error(error);
            },
            complete: observer.complete,
          });
          unsubscribe = subscription.unsubscribe;
        }

        if (op.path.startsWith('auth.')) {
          // These need no access token; signing out names the session by it when there is nothing else.
          send(tokens.held()?.accessToken);
        } else {
          tokens
            .token()
            .then((first) =>
              send(first, (refused) => void tokens.token(refused).then((second) => send(second), observer.error)),
            )
            .catch(observer.error);
        }

        return () => {
          cancelled = true;
          unsubscribe();
        };
      });
}
