import type { AdminUserDetails } from '@latchkey/shared/admin-schemas';
import { useState } from 'react';
import { Icon, type IconName } from '../../components/icons.tsx';
import { useAdminMessages } from '../../i18n/admin/admin-messages.ts';
import { UserActionDialog, type UserActionName } from './user-action-dialog.tsx';
import classes from './user-actions.module.css';

const icons: Record<UserActionName, IconName> = {
  unlock: 'unlock',
  sendReset: 'mail',
  endSessions: 'device',
  grant: 'shield',
  withdraw: 'shield',
  enable: 'check',
  disable: 'ban',
  remove: 'trash',
};
const dangerous = new Set<UserActionName>(['disable', 'remove']);

/** What can be done to an account as it is. */
function offered({ status, role, sessions }: AdminUserDetails): UserActionName[] {
  const isActive = status === 'active';
  return [
    ...(isActive ? (['unlock', 'sendReset'] as const) : []),
    ...(sessions > 0 ? (['endSessions'] as const) : []),
    ...(role === 'admin' ? (['withdraw'] as const) : isActive ? (['grant'] as const) : []),
    ...(isActive ? (['disable'] as const) : []),
    ...(status === 'disabled' ? (['enable'] as const) : []),
    'remove',
  ];
}

interface UserActionsProps {
  user: AdminUserDetails;
  /** Whether it is the account of whoever looks. */
  isSelf: boolean;
  onDone: (action: UserActionName, text: string) => void;
}

/** What those who run the server can do to an account; each is confirmed, with a reason. */
export function UserActions({ user, isSelf, onDone }: UserActionsProps) {
  const { user: t } = useAdminMessages();
  const [asked, setAsked] = useState<UserActionName>();
  return (
    <>
      <ul className={classes.actions}>
        {offered(user).map((action) => (
          <li key={action}>
            <button
              type="button"
              className={classes.action}
              data-dangerous={dangerous.has(action) || undefined}
              onClick={() => setAsked(action)}
            >
              <Icon name={icons[action]} />
              <span className={classes.label}>{t.actions[action].label}</span>
              <span className={classes.about}>{t.actions[action].about}</span>
            </button>
          </li>
        ))}
      </ul>
      {asked && (
        <UserActionDialog
          key={asked}
          action={asked}
          user={user}
          isSelf={isSelf}
          isDangerous={dangerous.has(asked)}
          onCancel={() => setAsked(undefined)}
          onDone={(text) => {
            setAsked(undefined);
            onDone(asked, text);
          }}
        />
      )}
    </>
  );
}
