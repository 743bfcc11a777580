import { useQueryClient } from '@tanstack/react-query';
import { Link, type LinkProps, useLocation } from '@tanstack/react-router';
import { type ReactNode, useEffect, useRef } from 'react';
import { useAttempt } from '../../components/form/attempt.ts';
import { ProblemNotice } from '../../components/form/problem.tsx';
import { Icon, type IconName } from '../../components/icons.tsx';
import { useSession } from '../../session/use-session.ts';
import { AccountMenu } from './account-menu.tsx';
import classes from './side-layout.module.css';
import { SiteHeader } from './site-header.tsx';

export interface Place {
  to: NonNullable<LinkProps['to']>;
  name: string;
  icon: IconName;
}

interface SideLayoutProps {
  /** What the list of places is called. */
  label: string;
  places: Place[];
  /** The place that a page without one of its own belongs to. */
  placeOf: (pathname: string) => string;
  /** Pages with tables have more room. */
  width?: 'wide';
  children: ReactNode;
}

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

/** The frame of pages for somebody who is signed in: the places beside them, and above who they are. */
export function SideLayout({ label, places, placeOf, width, children }: SideLayoutProps) {
  const session = useSession();
  const { attempt, isPending: isLeaving, trouble, clearTrouble } = useAttempt();
  useOnSuccess(() => clearTrouble('all'));
  const pathname = useLocation({ select: (location) => location.pathname.replace(/(?<=.)\/$/, '') });
  const shown = placeOf(pathname);

  return (
    <>
      <SiteHeader tone={width ?? 'tight'}>
        <AccountMenu onSignOut={() => attempt(session.signOut)} isLeaving={isLeaving} />
      </SiteHeader>
      <div className={classes.frame} data-width={width}>
        <nav aria-label={label} className={classes.nav}>
          <ul>
            {places.map(({ to, name, icon }) => (
              <li key={to}>
                <Link
                  to={to}
                  activeOptions={{ exact: true, includeSearch: false }}
                  className={classes.place}
                  data-within={(to === shown && pathname !== to) || undefined}
                  ref={to === shown ? showPlace : undefined}
                >
                  <Icon name={icon} />
                  {name}
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
          {children}
        </main>
      </div>
    </>
  );
}
