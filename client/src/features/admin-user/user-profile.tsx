import type { AdminUserDetails } from '@latchkey/shared/admin-schemas';
import { Badge, Button } from '@mantine/core';
import { type ReactNode, useState } from 'react';
import type { DeadReason } from '../../components/code/code-entry.tsx';
import { ValueRow, ValueRows } from '../../components/value-rows.tsx';
import { useAdminMessages } from '../../i18n/admin/admin-messages.ts';
import { localeNames, useLocale } from '../../i18n/locale.tsx';
import { type PendingChallenge, readChallenge, writeChallenge } from '../../session/challenge.ts';
import { EmailCodeDialog } from './email-code-dialog.tsx';
import { ChangeEmailDialog, ChangeLanguageDialog, ChangeNameDialog, ChangeUsernameDialog } from './profile-dialogs.tsx';
import classes from './user-profile.module.css';

const changes = { name: ChangeNameDialog, username: ChangeUsernameDialog, language: ChangeLanguageDialog };

interface UserProfileProps {
  user: AdminUserDetails;
  onDone: (text: string) => void;
  /** The code that a new address waited for is of no use any more, and the address is the one of before. */
  onDead: (reason: DeadReason) => void;
}

/** What an account says of somebody. A new address waits for the code that only its owner can tell. */
export function UserProfile({ user, onDone, onDead }: UserProfileProps) {
  const { t: common } = useLocale();
  const { user: t, users } = useAdminMessages();
  const [open, setOpen] = useState<keyof typeof changes | 'email' | 'code'>();
  const kind = `email-change-of-${user.id}` as const;
  const [waiting, setWaiting] = useState(() => readChallenge(kind));
  const requested = waiting?.change;
  const close = () => setOpen(undefined);
  const wait = (next: PendingChallenge | undefined) => {
    writeChallenge(kind, next);
    setWaiting(next);
  };
  const finish = (text: string) => {
    close();
    onDone(text);
  };
  const Change = open && open !== 'email' && open !== 'code' ? changes[open] : undefined;

  return (
    <>
      <ValueRows>
        <Row name={users.columns.name} onChange={() => setOpen('name')}>
          {user.firstName} {user.lastName}
        </Row>
        <Row name={common.label.username} onChange={() => setOpen('username')}>
          @{user.username}
        </Row>
        <Row
          name={common.label.email}
          {...(!requested && user.status === 'active' && { onChange: () => setOpen('email') })}
        >
          {user.email}
          <Badge variant="light" color={user.emailVerified ? 'pine' : 'gray'}>
            {user.emailVerified ? common.overview.verified : common.overview.unverified}
          </Badge>
          {requested && (
            <div className={classes.waiting}>
              <p>{t.email.waits(requested.email)}</p>
              <div>
                <Button variant="subtle" size="sm" px="xs" onClick={() => setOpen('code')}>
                  {t.email.enterCode}
                </Button>
                <Button variant="subtle" size="sm" px="xs" onClick={() => wait(undefined)}>
                  {t.email.keep}
                </Button>
              </div>
            </div>
          )}
        </Row>
        <Row name={common.common.language} onChange={() => setOpen('language')}>
          {localeNames[user.locale]}
        </Row>
      </ValueRows>
      {Change && <Change user={user} onCancel={close} onDone={finish} />}
      {open === 'email' && (
        <ChangeEmailDialog
          user={user}
          onCancel={close}
          onDone={finish}
          onWaiting={(next) => {
            wait(next);
            setOpen('code');
          }}
        />
      )}
      {open === 'code' && waiting && requested && (
        <EmailCodeDialog
          user={user}
          challenge={waiting}
          requested={requested}
          onChange={wait}
          onCancel={close}
          onDone={(text) => {
            wait(undefined);
            finish(text);
          }}
          onDead={(reason) => {
            wait(undefined);
            close();
            onDead(reason);
          }}
        />
      )}
    </>
  );
}

interface RowProps {
  name: string;
  children: ReactNode;
  /** Opens what changes it; undefined where it cannot be changed now. */
  onChange?: () => void;
}

function Row({ name, children, onChange }: RowProps) {
  const { t } = useLocale();
  return (
    <ValueRow
      name={name}
      level={3}
      action={
        onChange && (
          <Button
            variant="subtle"
            size="sm"
            className={classes.change}
            onClick={onChange}
            aria-label={`${name}: ${t.overview.change}`}
          >
            {t.overview.change}
          </Button>
        )
      }
    >
      {children}
    </ValueRow>
  );
}
