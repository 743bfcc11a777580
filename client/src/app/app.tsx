import '@mantine/core/styles/default-css-variables.layer.css';
import '@mantine/core/styles/baseline.layer.css';
import '@mantine/core/styles/global.layer.css';
import '@mantine/core/styles/UnstyledButton.layer.css';
import '@mantine/core/styles/Button.layer.css';
import '@mantine/core/styles/Loader.layer.css';
import '@mantine/core/styles/Input.layer.css';
import '@mantine/core/styles/PasswordInput.layer.css';
import '@mantine/core/styles/ActionIcon.layer.css';
import '@mantine/core/styles/Text.layer.css';
import '@mantine/core/styles/Title.layer.css';
import '@mantine/core/styles/Anchor.layer.css';
import '@mantine/core/styles/Group.layer.css';
import '@mantine/core/styles/SimpleGrid.layer.css';
import '@mantine/core/styles/Skeleton.layer.css';
import '@mantine/core/styles/Badge.layer.css';
import '@mantine/core/styles/InlineInput.layer.css';
import '@mantine/core/styles/Checkbox.layer.css';
import './global.css';
import { LatchkeyProvider } from '@latchkey/client/react';
import { localStorageColorSchemeManager, MantineProvider } from '@mantine/core';
import { type QueryClient, QueryClientProvider } from '@tanstack/react-query';
import { RouterProvider } from '@tanstack/react-router';
import { getQueryKey } from '@trpc/react-query';
import { useEffect } from 'react';
import { isAccountShown, pressAgain } from '../components/drawn-page.ts';
import type { Messages } from '../i18n/en.ts';
import { activeLocale, LocaleProvider } from '../i18n/locale.tsx';
import { early } from '../session/early-calls.ts';
import { createSession } from '../session/session.ts';
import { trpc } from '../session/trpc.ts';
import { SessionContext } from '../session/use-session.ts';
import { Confirmation } from './confirmation.tsx';
import { watchConnection } from './connection.ts';
import { ConnectionBanner } from './layouts/connection-banner.tsx';
import { pageCode } from './page-code.ts';
import { createQueryClient } from './query-client.ts';
import { createAppRouter, loadNextPages } from './router.tsx';
import { cssVariables, theme } from './theme.ts';

const colorSchemeManager = localStorageColorSchemeManager({ key: 'latchkey-color-scheme' });

/** Where the browser does not say when it is idle. */
const idleDelayMilliseconds = 2_000;

/** Settles when code of a page could not be loaded: the app says so, with or without a page. */
function codeIsMissing(): Promise<void> {
  return new Promise((resolve) => {
    const unsubscribe = pageCode.subscribe(() => {
      unsubscribe();
      resolve();
    });
  });
}

/** Takes over what was asked for before the app was there. Settles when the account is known, or has to be asked for anew. */
async function takeEarly(queryClient: QueryClient) {
  const { me, sessions } = early;
  const keyOf = (procedure: typeof trpc.user.me | typeof trpc.session.list) =>
    getQueryKey(procedure, undefined, 'query');
  if (sessions) void queryClient.prefetchQuery({ queryKey: keyOf(trpc.session.list), queryFn: () => sessions });
  if (me) await queryClient.prefetchQuery({ queryKey: keyOf(trpc.user.me), queryFn: () => me });
}

/**
 * Everything that lives as long as the page: what was read from the server, and who is signed in. Settles when the page
 * asked for can be drawn at once: what was there before the app stays until then.
 */
export async function startApp() {
  watchConnection();
  const queryClient = createQueryClient();
  const session = createSession({
    url: '',
    locale: activeLocale,
    onPersonChange: (now) => {
      if (now === 'nobody') queryClient.clear();
      else void queryClient.resetQueries();
    },
  });
  const isKnown = new Promise<void>((resolve) => {
    session.subscribe(resolve);
  });
  void session.restore();
  const taken = takeEarly(queryClient);
  // Who is signed in has been said by then: the account does not make way for the question.
  if (isAccountShown()) await Promise.all([isKnown, taken]);
  const router = createAppRouter({ session });
  addEventListener('online', () => void router.invalidate({ filter: (match) => match.status === 'error' }));
  const whenIdle = window.requestIdleCallback ?? ((task: () => void) => setTimeout(task, idleDelayMilliseconds));
  router.subscribe('onResolved', () => whenIdle(() => loadNextPages(router)));
  await Promise.race([router.load(), codeIsMissing()]);
  return { queryClient, session, router };
}

interface AppProps extends Awaited<ReturnType<typeof startApp>> {
  messages: Messages;
}

export function App({ queryClient, session, router, messages }: AppProps) {
  useEffect(() => {
    // When the forms have taken over what was typed.
    setTimeout(pressAgain);
  }, []);
  return (
    <MantineProvider
      theme={theme}
      cssVariablesResolver={cssVariables}
      withGlobalClasses={false}
      defaultColorScheme="auto"
      colorSchemeManager={colorSchemeManager}
    >
      <LocaleProvider messages={messages}>
        <trpc.Provider client={session.client.trpc} queryClient={queryClient}>
          <QueryClientProvider client={queryClient}>
            <SessionContext value={session}>
              <LatchkeyProvider client={session.client}>
                <RouterProvider router={router} />
                <ConnectionBanner router={router} />
                <Confirmation />
              </LatchkeyProvider>
            </SessionContext>
          </QueryClientProvider>
        </trpc.Provider>
      </LocaleProvider>
    </MantineProvider>
  );
}
