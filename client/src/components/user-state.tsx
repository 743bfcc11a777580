import type { AdminUser } from '@latchkey/shared/admin-schemas';
import { useAdminMessages } from '../i18n/admin/admin-messages.ts';
import classes from './user-state.module.css';

export function UserState({ status }: Pick<AdminUser, 'status'>) {
  const t = useAdminMessages();
  return (
    <span className={classes.state} data-state={status}>
      {t.users.states[status]}
    </span>
  );
}
