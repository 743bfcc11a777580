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
import { QueryClientProvider } from '@tanstack/react-query';
import { RouterProvider } from '@tanstack/react-router';
import type { Messages } from '../i18n/en.ts';
import { activeLocale, LocaleProvider } from '../i18n/locale.tsx';
import { createSession } from '../session/session.ts';
import { trpc } from '../session/trpc.ts';
import { SessionContext } from '../session/use-session.ts';
import { Confirmation } from './confirmation.tsx';
import { watchConnection } from './connection.ts';
import { ConnectionBanner } from './layouts/connection-banner.tsx';
import { createQueryClient } from './query-client.ts';
import { createAppRouter, loadNextPages } from './router.tsx';
import { cssVariables, theme } from './theme.ts';

const colorSchemeManager = localStorageColorSchemeManager({ key: 'latchkey-color-scheme' });

/** Where the browser does not say when it is idle. */
const idleDelayMilliseconds = 2_000;

/** Everything that lives as long as the page: what was read from the server, and who is signed in. */
export function startApp() {
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
  void session.restore();
  const router = createAppRouter({ session });
  const whenIdle = window.requestIdleCallback ?? ((task: () => void) => setTimeout(task, idleDelayMilliseconds));
  router.subscribe('onResolved', () => whenIdle(() => loadNextPages(router)));
  return { queryClient, session, router };
}

interface AppProps extends ReturnType<typeof startApp> {
  messages: Messages;
}

export function App({ queryClient, session, router, messages }: AppProps) {
  return (
    <MantineProvider
      theme={theme}
      cssVariablesResolver={cssVariables}
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
