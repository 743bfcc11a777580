import { Button } from '@mantine/core';
import { useQueryClient } from '@tanstack/react-query';
import { Link } from '@tanstack/react-router';
import { useEffect, useRef } from 'react';
import { useAttempt } from '../components/form/attempt.ts';
import { ProblemNotice } from '../components/form/problem.tsx';
import { Icon, type IconName } from '../components/icons.tsx';
import { useLocale } from '../i18n/locale.tsx';
import { useSession } from '../session/use-session.ts';
import classes from './account-layout.module.css';
import { OutletWhile } from './restoring.tsx';
import { SiteHeader } from './site-header.tsx';

const places = [
  { to: '/account', key: 'overview', icon: 'home' },
  { to: '/account/profile', key: 'profile', icon: 'user' },
  { to: '/account/email', key: 'email', icon: 'mail' },
  { to: '/account/password', key: 'password', icon: 'lock' },
  { to: '/account/devices', key: 'devices', icon: 'device' },
  { to: '/account/activity', key: 'activity', icon: 'clock' },
] as const satisfies { to: string; key: string; icon: IconName }[];

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

/** The frame of the pages of an account. */
export function AccountLayout() {
  const { t } = useLocale();
  const session = useSession();
  const { attempt, isPending: isLeaving, trouble, clearTrouble } = useAttempt();
  useOnSuccess(() => clearTrouble('all'));

  return (
    <>
      <SiteHeader tone="tight">
        <Button
          variant="subtle"
          size="sm"
          className={classes.signOut}
          onClick={() => attempt(session.signOut)}
          aria-disabled={isLeaving || undefined}
        >
          {t.common.signOut}
        </Button>
      </SiteHeader>
      <div className={classes.frame}>
        <nav aria-label={t.nav.label} className={classes.nav}>
          <ul>
            {places.map(({ to, key, icon }) => (
              <li key={to}>
                <Link to={to} activeOptions={{ exact: true }} className={classes.place}>
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
