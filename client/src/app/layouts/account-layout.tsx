import { useQueryClient } from '@tanstack/react-query';
import { Link, useLocation } from '@tanstack/react-router';
import { useEffect, useRef } from 'react';
import { useAttempt } from '../../components/form/attempt.ts';
import { ProblemNotice } from '../../components/form/problem.tsx';
import { Icon, type IconName } from '../../components/icons.tsx';
import { useLocale } from '../../i18n/locale.tsx';
import { useSession } from '../../session/use-session.ts';
import { OutletWhile } from '../restoring.tsx';
import classes from './account-layout.module.css';
import { AccountMenu } from './account-menu.tsx';
import { SiteHeader } from './site-header.tsx';

const places = [
  { to: '/account', key: 'overview', icon: 'home' },
  { to: '/account/profile', key: 'profile', icon: 'user' },
  { to: '/account/email', key: 'email', icon: 'mail' },
  { to: '/account/security', key: 'security', icon: 'lock' },
  { to: '/account/devices', key: 'devices', icon: 'device' },
  { to: '/account/activity', key: 'activity', icon: 'clock' },
  { to: '/account/preferences', key: 'preferences', icon: 'sliders' },
] as const satisfies { to: string; key: string; icon: IconName }[];

/** The place that a page without one of its own belongs to. */
const placeOf: Record<string, string> = {
  '/account/password': '/account/security',
  '/account/delete': '/account/profile',
};

/** Runs when any call that changes something succeeded: the server is there again. */
function useOnSuccess(listener: () => void) {
  const mutations = useQueryClient().getMutationCache();
  const latest = useRef(listener);
  latest.current = listener;
  useEffect(
    () =>
      mutations.subscribe((event) => {
        if (event.type === 'updated' && event.action.type === 'success') latest.current();
      }),
    [mutations],
  );
}

/** On a phone the row of places is pushed so that the one that is open is seen. */
function showPlace(link: HTMLAnchorElement | null) {
  const row = link?.closest('ul');
  if (link && row) row.scrollLeft = link.offsetLeft - (row.clientWidth - link.clientWidth) / 2;
}

/** The frame of the pages of an account. */
export function AccountLayout() {
  const { t } = useLocale();
  const session = useSession();
  const { attempt, isPending: isLeaving, trouble, clearTrouble } = useAttempt();
  useOnSuccess(() => clearTrouble('all'));
  const pathname = useLocation({ select: (location) => location.pathname.replace(/(?<=.)\/$/, '') });
  const shown = placeOf[pathname] ?? pathname;

  return (
    <>
      <SiteHeader tone="tight">
        <AccountMenu onSignOut={() => attempt(session.signOut)} isLeaving={isLeaving} />
      </SiteHeader>
      <div className={classes.frame}>
        <nav aria-label={t.nav.label} className={classes.nav}>
          <ul>
            {places.map(({ to, key, icon }) => (
              <li key={to}>
                <Link
                  to={to}
                  activeOptions={{ exact: true }}
                  className={classes.place}
                  data-within={placeOf[pathname] === to || undefined}
                  ref={to === shown ? showPlace : undefined}
                >
                  <Icon name={icon} />
                  {t.nav[key]}
                </Link>
              </li>
            ))}
          </ul>
        </nav>
        <main id="content" className={classes.main} tabIndex={-1}>
          {trouble && (
            <div className={classes.trouble}>
              <ProblemNotice trouble={trouble} />
            </div>
          )}
          <OutletWhile status="signed-in" />
        </main>
      </div>
    </>
  );
}
