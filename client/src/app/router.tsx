import {
  createRootRouteWithContext,
  createRoute,
  createRouter,
  lazyRouteComponent,
  type RouterHistory,
} from '@tanstack/react-router';
import { readOverviewSearch } from '../features/admin-overview/overview-search.ts';
import { readUserSearch, type UserSearch } from '../features/admin-user-list/user-search.ts';
import { readAuditSearch } from '../features/audit/audit-search.ts';
import { Crash, CrashPage, NotFound, NotFoundPage } from './fallback-pages.tsx';
import { forgetChallenge, type RouterContext, requireChallenge, requireSession, requireVisitor } from './guards.ts';
import { AccountLayout } from './layouts/account-layout.tsx';
import { EntryLayout } from './layouts/entry-layout.tsx';
import { RootLayout } from './layouts/root-layout.tsx';
import { loadPageCode } from './page-code.ts';
import { OverviewPage } from './pages/account/overview-page.tsx';
import { SignInPage } from './pages/entry/sign-in-page.tsx';
import { OutletWhile } from './restoring.tsx';
import { safePath } from './safe-path.ts';

const root = createRootRouteWithContext<RouterContext>()({
  component: RootLayout,
  notFoundComponent: NotFoundPage,
  errorComponent: CrashPage,
});

const landing = createRoute({
  getParentRoute: () => root,
  path: '/',
  errorComponent: CrashPage,
  component: lazyRouteComponent(() => loadPageCode(() => import('./pages/landing-page.tsx')), 'LandingPage'),
});
const inbox = createRoute({
  getParentRoute: () => root,
  path: '/dev/inbox',
  errorComponent: CrashPage,
  component: lazyRouteComponent(() => loadPageCode(() => import('./pages/inbox-page.tsx')), 'InboxPage'),
});

const entry = createRoute({ getParentRoute: () => root, id: 'entry', component: EntryLayout });
const forgotPassword = createRoute({
  getParentRoute: () => entry,
  path: '/forgot-password',
  component: lazyRouteComponent(
    () => loadPageCode(() => import('./pages/entry/forgot-password-page.tsx')),
    'ForgotPasswordPage',
  ),
});
const resetPassword = createRoute({
  getParentRoute: () => entry,
  path: '/reset-password',
  component: lazyRouteComponent(
    () => loadPageCode(() => import('./pages/entry/reset-password-page.tsx')),
    'ResetPasswordPage',
  ),
});
const undoEmailChange = createRoute({
  getParentRoute: () => entry,
  path: '/undo-email-change',
  component: lazyRouteComponent(
    () => loadPageCode(() => import('./pages/entry/undo-email-change-page.tsx')),
    'UndoEmailChangePage',
  ),
});
const notMe = createRoute({
  getParentRoute: () => entry,
  path: '/not-me',
  component: lazyRouteComponent(() => loadPageCode(() => import('./pages/entry/not-me-page.tsx')), 'NotMePage'),
});

const visitor = createRoute({
  getParentRoute: () => entry,
  id: 'visitor',
  beforeLoad: requireVisitor,
  onLeave: forgetChallenge,
  component: () => <OutletWhile status="signed-out" />,
});
const signIn = createRoute({
  getParentRoute: () => visitor,
  path: '/sign-in',
  validateSearch: (search: Record<string, unknown>): { next?: string } => {
    const next = search.next ? safePath(search.next, window.location.origin) : undefined;
    return next ? { next } : {};
  },
  component: SignInPage,
});
const register = createRoute({
  getParentRoute: () => visitor,
  path: '/register',
  component: lazyRouteComponent(() => loadPageCode(() => import('./pages/entry/register-page.tsx')), 'RegisterPage'),
});
const code = createRoute({
  getParentRoute: () => visitor,
  path: '/code',
  beforeLoad: requireChallenge,
  component: lazyRouteComponent(() => loadPageCode(() => import('./pages/entry/code-page.tsx')), 'CodePage'),
});

const account = createRoute({
  getParentRoute: () => root,
  path: '/account',
  beforeLoad: requireSession,
  component: AccountLayout,
  notFoundComponent: NotFound,
});
const overview = createRoute({
  getParentRoute: () => account,
  path: '/',
  component: OverviewPage,
});
const profile = createRoute({
  getParentRoute: () => account,
  path: '/profile',
  component: lazyRouteComponent(() => loadPageCode(() => import('./pages/account/profile-page.tsx')), 'ProfilePage'),
});
const email = createRoute({
  getParentRoute: () => account,
  path: '/email',
  component: lazyRouteComponent(() => loadPageCode(() => import('./pages/account/email-page.tsx')), 'EmailPage'),
});
const password = createRoute({
  getParentRoute: () => account,
  path: '/password',
  component: lazyRouteComponent(() => loadPageCode(() => import('./pages/account/password-page.tsx')), 'PasswordPage'),
});
const security = createRoute({
  getParentRoute: () => account,
  path: '/security',
  component: lazyRouteComponent(() => loadPageCode(() => import('./pages/account/security-page.tsx')), 'SecurityPage'),
});
const preferences = createRoute({
  getParentRoute: () => account,
  path: '/preferences',
  component: lazyRouteComponent(
    () => loadPageCode(() => import('./pages/account/preferences-page.tsx')),
    'PreferencesPage',
  ),
});
const devices = createRoute({
  getParentRoute: () => account,
  path: '/devices',
  component: lazyRouteComponent(() => loadPageCode(() => import('./pages/account/devices-page.tsx')), 'DevicesPage'),
});
const activity = createRoute({
  getParentRoute: () => account,
  path: '/activity',
  component: lazyRouteComponent(() => loadPageCode(() => import('./pages/account/activity-page.tsx')), 'ActivityPage'),
});
const deleteAccount = createRoute({
  getParentRoute: () => account,
  path: '/delete',
  component: lazyRouteComponent(
    () => loadPageCode(() => import('./pages/account/delete-account-page.tsx')),
    'DeleteAccountPage',
  ),
});

const admin = createRoute({
  getParentRoute: () => root,
  path: '/admin',
  beforeLoad: requireSession,
  component: lazyRouteComponent(() => loadPageCode(() => import('./layouts/admin-layout.tsx')), 'AdminLayout'),
  notFoundComponent: NotFound,
});
const adminOverview = createRoute({
  getParentRoute: () => admin,
  path: '/',
  validateSearch: readOverviewSearch,
  component: lazyRouteComponent(() => loadPageCode(() => import('./pages/admin/overview-page.tsx')), 'OverviewPage'),
});
const users = createRoute({
  getParentRoute: () => admin,
  path: '/users',
  validateSearch: readUserSearch,
  component: lazyRouteComponent(() => loadPageCode(() => import('./pages/admin/users-page.tsx')), 'UsersPage'),
});
const user = createRoute({
  getParentRoute: () => admin,
  path: '/users/$userId',
  component: lazyRouteComponent(() => loadPageCode(() => import('./pages/admin/user-page.tsx')), 'UserPage'),
});

const audit = createRoute({
  getParentRoute: () => admin,
  path: '/audit',
  validateSearch: readAuditSearch,
  component: lazyRouteComponent(() => loadPageCode(() => import('./pages/admin/audit-page.tsx')), 'AuditPage'),
});

const routeTree = root.addChildren([
  landing,
  inbox,
  entry.addChildren([
    forgotPassword,
    resetPassword,
    undoEmailChange,
    notMe,
    visitor.addChildren([signIn, register, code]),
  ]),
  account.addChildren([overview, profile, email, security, password, devices, activity, preferences, deleteAccount]),
  admin.addChildren([adminOverview, users, user, audit]),
]);

/** The routes. Whenever the session begins or ends, in this tab or another, the guards decide anew. */
export function createAppRouter(context: RouterContext, history?: RouterHistory) {
  const router = createRouter({
    routeTree,
    ...(history && { history }),
    context,
    defaultPreload: 'intent',
    defaultErrorComponent: Crash,
    defaultNotFoundComponent: NotFoundPage,
    scrollRestoration: true,
  });
  let { status } = context.session.get();
  context.session.subscribe(() => {
    const before = status;
    status = context.session.get().status;
    if (status !== before) void router.invalidate();
  });
  return router;
}

/** Loads the code of every page that comes next, while nothing else is to do: it is there when the connection is not. */
export function loadNextPages(router: ReturnType<typeof createAppRouter>) {
  const isSignedIn = router.options.context.session.get().status === 'signed-in';
  const next = isSignedIn
    ? [overview, profile, email, security, password, devices, activity, preferences, deleteAccount, signIn]
    : [signIn, register, code, forgotPassword];
  for (const route of next) void router.loadRouteChunk(route);
}

declare module '@tanstack/react-router' {
  interface Register {
    router: ReturnType<typeof createAppRouter>;
  }
  interface HistoryState {
    /** Handed from one page to the next without being shown in the address. */
    carried?: { name?: string; justRegistered?: boolean };
    /** Of a page of a list: the cursors of the pages before it, that of the first one empty. */
    pagesBefore?: string[];
    /** Of the page of a user: the list that led there. */
    list?: UserSearch;
  }
}
