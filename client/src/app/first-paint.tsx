import { createLatchkeyClient } from '@latchkey/client';
import { LatchkeyProvider } from '@latchkey/client/react';
import { limits } from '@latchkey/shared/limits';
import type { Locale, User } from '@latchkey/shared/schemas';
import { MantineProvider } from '@mantine/core';
import { QueryClientProvider } from '@tanstack/react-query';
import { createMemoryHistory, RouterProvider } from '@tanstack/react-router';
import { getQueryKey } from '@trpc/react-query';
import { renderToStaticMarkup, renderToString } from 'react-dom/server';
import type { AccountSlot, AccountTexts } from '../before-app/account-drawing.ts';
import { createFormat } from '../i18n/format.ts';
import { LocaleProvider, loadMessages } from '../i18n/locale.tsx';
import type { Session, SessionState } from '../session/session.ts';
import { trpc } from '../session/trpc.ts';
import { SessionContext } from '../session/use-session.ts';
import { EntryFrame } from './layouts/entry-layout.tsx';
import { PlainHeader } from './layouts/site-header.tsx';
import { passwordAge } from './pages/account/password-age.ts';
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

async function draw(path: string, locale: Locale, state: SessionState, queryClient = createQueryClient()) {
  const session = sessionIn(state);
  const router = createAppRouter({ session }, createMemoryHistory({ initialEntries: [path] }));
  const [messages] = await Promise.all([loadMessages(locale), router.load()]);
  return renderToString(
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
}

/**
 * What a page shows until its app is there: the build writes it into the page itself. Runs in Node, without a document.
 * @returns the markup, and the library's style sheet of the theme
 */
export async function renderFirstPaint(path: string, locale: Locale, status: 'restoring' | 'signed-out') {
  const rendered = await draw(path, locale, status === 'restoring' ? { status } : { status, reason: 'none' });
  const styles = [...rendered.matchAll(elementsBesideThePage)]
    .filter(([, element]) => element === 'style')
    .map(([, , content]) => content);
  return { html: rendered.replace(elementsBesideThePage, ''), styles: styles.join('') };
}

/** Nobody: what the build writes of them stands nowhere else in the page, and gives way to whom it is about. */
const standIn: User = {
  id: '000000000000000000000000',
  username: 'stand-in-username',
  email: 'stand-in-email',
  firstName: 'Stand-in-first-name',
  lastName: 'Stand-in-last-name',
  emailVerified: true,
  role: 'user',
  locale: 'en',
  timeZone: 'UTC',
  dateJoined: '2001-02-03T00:00:00.000Z',
  lastLoginAt: '2004-05-06T07:08:00.000Z',
  passwordChangedAt: '2009-10-11T00:00:00.000Z',
};

/**
 * The content of the overview, with `{{name}}` where it says something of a person, and the words for what it may say.
 * `before-app/` fills it in when the account is known before the app is there.
 */
export async function renderOverview(locale: Locale): Promise<{ html: string; texts: AccountTexts }> {
  const queryClient = createQueryClient();
  queryClient.setQueryData(getQueryKey(trpc.user.me, undefined, 'query'), standIn);
  const [rendered, t] = await Promise.all([
    draw('/account', locale, { status: 'signed-in' }, queryClient),
    loadMessages(locale),
  ]);
  const [, content = ''] = /<main[^>]*>([\s\S]*)<\/main>/.exec(rendered) ?? [];
  const format = createFormat(locale);
  const said: Record<AccountSlot, string> = {
    username: standIn.username,
    email: standIn.email,
    firstName: standIn.firstName,
    lastName: standIn.lastName,
    password: passwordAge(standIn, t, format),
    joined: format.date(standIn.dateJoined),
    lastLogin: format.dateTime(standIn.lastLoginAt ?? ''),
  };
  const html = Object.entries(said).reduce((before, [slot, text]) => {
    if (!before.includes(text)) throw new Error(`The overview does not say "${text}"`);
    return before.replaceAll(text, `{{${slot}}}`);
  }, content);
  const texts = {
    locale,
    passwordChanged: t.security.passwordChanged('{{date}}'),
    passwordNeverChanged: t.security.passwordNeverChanged,
    neverSignedIn: t.overview.never,
    devices: Array.from({ length: limits.sessionsKept }, (_, index) => t.overview.devicesCount(index + 1)),
  };
  return { html, texts };
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
