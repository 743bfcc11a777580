import { createLatchkeyClient } from '@latchkey/client';
import { LatchkeyProvider } from '@latchkey/client/react';
import type { Locale } from '@latchkey/shared/schemas';
import { MantineProvider } from '@mantine/core';
import { QueryClientProvider } from '@tanstack/react-query';
import { createMemoryHistory, RouterProvider } from '@tanstack/react-router';
import { renderToStaticMarkup, renderToString } from 'react-dom/server';
import { LocaleProvider, loadMessages } from '../i18n/locale.tsx';
import type { Session, SessionState } from '../session/session.ts';
import { trpc } from '../session/trpc.ts';
import { SessionContext } from '../session/use-session.ts';
import { EntryFrame } from './layouts/entry-layout.tsx';
import { PlainHeader } from './layouts/site-header.tsx';
import { createQueryClient } from './query-client.ts';
import { createAppRouter } from './router.tsx';
import { cssVariables, theme } from './theme.ts';

const elementsBesideThePage = /<(style|script)\b[^>]*>([\s\S]*?)<\/\1>/g;

/** A session that nobody begins and nothing ends. */
function sessionIn(state: SessionState): Session {
  const parts: Pick<Session, 'client' | 'get' | 'subscribe'> = {
    client: createLatchkeyClient({ url: '' }),
    get: () => state,
    subscribe: () => () => undefined,
  };
  return parts as Session;
}

/**
 * What a page shows until its app is there: the build writes it into the page itself. Runs in Node, without a document.
 * @returns the markup, and the library's style sheet of the theme
 */
export async function renderFirstPaint(path: string, locale: Locale, status: 'restoring' | 'signed-out') {
  const session = sessionIn(status === 'restoring' ? { status } : { status, reason: 'none' });
  const router = createAppRouter({ session }, createMemoryHistory({ initialEntries: [path] }));
  const [messages] = await Promise.all([loadMessages(locale), router.load()]);
  const queryClient = createQueryClient();
  const rendered = renderToString(
    <MantineProvider theme={theme} cssVariablesResolver={cssVariables} withGlobalClasses={false}>
      <LocaleProvider locale={locale} messages={messages}>
        <trpc.Provider client={session.client.trpc} queryClient={queryClient}>
          <QueryClientProvider client={queryClient}>
            <SessionContext value={session}>
              <LatchkeyProvider client={session.client}>
                <RouterProvider router={router} />
              </LatchkeyProvider>
            </SessionContext>
          </QueryClientProvider>
        </trpc.Provider>
      </LocaleProvider>
    </MantineProvider>,
  );
  const styles = [...rendered.matchAll(elementsBesideThePage)]
    .filter(([, element]) => element === 'style')
    .map(([, , content]) => content);
  return { html: rendered.replace(elementsBesideThePage, ''), styles: styles.join('') };
}

/** What stands before anything else on the pages of each kind, in every language: the mark, where it stays. */
export const renderOutlines = (): Record<string, string> => ({
  '/': renderToStaticMarkup(<PlainHeader />),
  entry: renderToStaticMarkup(
    <EntryFrame>
      <PlainHeader tone="bare" />
    </EntryFrame>,
  ),
  account: renderToStaticMarkup(<PlainHeader tone="tight" />),
});
