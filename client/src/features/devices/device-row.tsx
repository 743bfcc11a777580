import type { SessionItem } from '@latchkey/shared/schemas';
import { Badge } from '@mantine/core';
import type { ReactNode } from 'react';
import { useLocale } from '../../i18n/locale.tsx';
import { DeviceIcon } from './device-icon.tsx';
import classes from './device-list.module.css';

/** A session is marked as new for as long. */
const newMilliseconds = 24 * 3_600_000;

export interface DeviceRowProps {
  session: Omit<SessionItem, 'current'> & { current?: boolean };
  now: number;
  /** Below what it says of the session. */
  children?: ReactNode;
  actions?: ReactNode;
}

/** One session: what it runs on, since when and from where. */
export function DeviceRow({ session, now, children, actions }: DeviceRowProps) {
  const { t, format } = useLocale();
  const device = t.devices.nameOf(session);
  const isNew = !session.current && now - Date.parse(session.createdAt) < newMilliseconds;

  return (
    <li className={classes.device}>
      <DeviceIcon browser={session.browser} system={session.system} />
      <div className={classes.text}>
        <div className={classes.name}>
          {session.name ?? device} {session.current && <Badge variant="light">{t.devices.current}</Badge>}
          {isNew && <Badge variant="default">{t.devices.new}</Badge>}
        </div>
        <p>
          {t.devices.lastSeen(format.ago(session.lastSeenAt, now))} · {session.ip}
        </p>
        <details className={classes.details}>
          <summary>{t.devices.details}</summary>
          <dl>
            <dt>{t.devices.device}</dt>
            <dd>{device}</dd>
            <dt>{t.devices.signedIn}</dt>
            <dd>{format.dateTime(session.createdAt)}</dd>
            <dt>{t.devices.seen}</dt>
            <dd>{format.dateTime(session.lastSeenAt)}</dd>
            <dt>{t.devices.ends}</dt>
            <dd>{format.dateTime(session.expiresAt)}</dd>
            <dt>{t.devices.ip}</dt>
            <dd>{session.ip}</dd>
          </dl>
        </details>
        {children}
      </div>
      {actions && <div className={classes.actions}>{actions}</div>}
    </li>
  );
}
