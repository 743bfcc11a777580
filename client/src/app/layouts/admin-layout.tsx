import '@mantine/core/styles/Table.layer.css';
import type { Locale } from '@latchkey/shared/schemas';
import { Outlet } from '@tanstack/react-router';
import { type ReactNode, Suspense, use } from 'react';
import type { IconName } from '../../components/icons.tsx';
import { AdminMessagesContext, loadAdminMessages } from '../../i18n/admin/admin-messages.ts';
import type { AdminMessages } from '../../i18n/admin/en.ts';
import { useLocale } from '../../i18n/locale.tsx';
import { trpc } from '../../session/trpc.ts';
import { useSessionState } from '../../session/use-session.ts';
import { NotFoundPage } from '../fallback-pages.tsx';
import { loadPageCode } from '../page-code.ts';
import { QueryView } from '../query-view.tsx';
import { Connecting, Restoring } from '../restoring.tsx';
import classes from './admin-layout.module.css';
import { SideLayout } from './side-layout.tsx';
import { SiteHeader } from './site-header.tsx';

const places = [
  { to: '/admin', key: 'overview', icon: 'chart' },
  { to: '/admin/users', key: 'users', icon: 'users' },
  { to: '/admin/audit', key: 'audit', icon: 'clock' },
] as const satisfies {
  to: string;
  key: keyof AdminMessages['nav'];
  icon: IconName;
}[];

/** A page of one of many belongs to the place that its address begins with. */
const placeOf = (pathname: string): string =>
  places.findLast(({ to }) => pathname === to || pathname.startsWith(`${to}/`))?.to ?? pathname;

const loaded = new Map<Locale, Promise<AdminMessages>>();

/** Loaded once for each language: a component that waits must find the same promise again. */
function messagesIn(locale: Locale): Promise<AdminMessages> {
  const messages = loaded.get(locale) ?? loadPageCode(() => loadAdminMessages(locale));
  loaded.set(locale, messages);
  return messages;
}

/** The frame of the pages of those who run the server. Nobody else learns from it that there are such pages. */
export function AdminLayout() {
  const isSignedIn = useSessionState().status === 'signed-in';
  const me = trpc.user.me.useQuery(undefined, { enabled: isSignedIn });

  if (!isSignedIn) {
    return (
      <BareFrame>
        <Restoring />
      </BareFrame>
    );
  }
  if (!me.data) {
    return (
      <BareFrame>
        <QueryView query={me} skeleton={<Connecting />}>
          {() => null}
        </QueryView>
      </BareFrame>
    );
  }
  if (me.data.role !== 'admin') return <NotFoundPage />;
  return (
    <Suspense
      fallback={
        <BareFrame>
          <Connecting />
        </BareFrame>
      }
    >
      <AdminFrame />
    </Suspense>
  );
}

function AdminFrame() {
  const { locale } = useLocale();
  const messages = use(messagesIn(locale));
  return (
    <AdminMessagesContext value={messages}>
      <SideLayout
        label={messages.nav.label}
        places={places.map(({ to, key, icon }) => ({ to, icon, name: messages.nav[key] }))}
        placeOf={placeOf}
        width="wide"
      >
        <Outlet />
      </SideLayout>
    </AdminMessagesContext>
  );
}

function BareFrame({ children }: { children: ReactNode }) {
  return (
    <>
      <SiteHeader tone="wide" />
      <main id="content" className={classes.bare} tabIndex={-1}>
        {children}
      </main>
    </>
  );
}
