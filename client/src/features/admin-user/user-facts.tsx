import type { AdminUserDetails } from '@latchkey/shared/admin-schemas';
import { Badge } from '@mantine/core';
import { useNow } from '../../components/clock.ts';
import { Notice } from '../../components/notice.tsx';
import { Rows } from '../../components/panel.tsx';
import { UserState } from '../../components/user-state.tsx';
import { useAdminMessages } from '../../i18n/admin/admin-messages.ts';
import { useLocale } from '../../i18n/locale.tsx';
import classes from './user-facts.module.css';

/** How an account stands: whether it can be used, and if not, why and until when. */
export function UserFacts({ user, isSelf }: { user: AdminUserDetails; isSelf: boolean }) {
  const { user: t, users } = useAdminMessages();
  return (
    <Rows>
      <div className={classes.badges}>
        <UserState status={user.status} />
        {isSelf && <Badge variant="default">{t.you}</Badge>}
        {user.role === 'admin' && <Badge variant="light">{users.admin}</Badge>}
        {user.locks.length > 0 && (
          <Badge variant="light" color="red">
            {t.locked}
          </Badge>
        )}
      </div>
      {user.locks.map(({ kind, until }) => (
        <Notice key={kind} tone="info">
          <strong>{t.locks[kind]}</strong> <LockEnd until={until} />
        </Notice>
      ))}
      {user.status !== 'active' && (
        <Notice tone="info">
          {t.whyOut[user.status]} <LastReason user={user} status={user.status} />
        </Notice>
      )}
      <dl className={classes.facts}>
        <Time name={users.columns.joined} at={user.dateJoined} />
        <Time name={users.columns.lastSignIn} at={user.lastLoginAt} />
        <Time name={t.passwordChanged} at={user.passwordChangedAt} />
        <div>
          <dt>{t.id}</dt>
          <dd className={classes.id}>{user.id}</dd>
        </div>
      </dl>
    </Rows>
  );
}

const endings = { disabled: 'account-disabled', closed: 'account-closed' } as const;

/** Who shut it out, when and why, where that is among the last events. */
function LastReason({ user, status }: { user: AdminUserDetails; status: keyof typeof endings }) {
  const { format } = useLocale();
  const { user: t } = useAdminMessages();
  const event = user.activity.find(({ type }) => type === endings[status]);
  if (!event || event.reason === null) return null;
  const { at, actorName, reason } = event;
  return (
    <>
      {t.by(actorName)}, <time dateTime={at}>{format.dateTime(at)}</time>: {t.because(reason)}
    </>
  );
}

function LockEnd({ until }: { until: string | null }) {
  const { format } = useLocale();
  const { user: t } = useAdminMessages();
  if (until === null) return t.untilReset;
  return (
    <time dateTime={until} title={format.exact(until)}>
      {t.until(format.dateTime(until))}
    </time>
  );
}

function Time({ name, at }: { name: string; at: string | null | undefined }) {
  const { format } = useLocale();
  const { users: t } = useAdminMessages();
  const now = useNow(60_000);
  return (
    <div>
      <dt>{name}</dt>
      <dd>
        {at ? (
          <time dateTime={at} title={format.exact(at)}>
            {format.dateTime(at)} ({format.ago(at, now)})
          </time>
        ) : (
          t.never
        )}
      </dd>
    </div>
  );
}
